import { createHash } from 'node:crypto';
import { putItemIf, readItem } from '#shared/aws-json.ts';
import type { Item } from '#shared/aws-read.ts';
import { putItem } from '#shared/aws-write.ts';
import { keys } from '#shared/keys.ts';
import { unmarshal } from '../store.ts';
import type { Mark, MarkStore } from './claims.ts';

export interface MarkTable {
  readonly table: string;
  readonly stream: string;
  /** How long a record is known. */
  readonly windowSeconds: number;
}

type Kind = Parameters<typeof keys.streamRecord>[2];

/** Marks as items of the table; those whose window is over expire. */
export const tableMarks = (of: MarkTable): MarkStore => ({
  async read(kind, id) {
    const item = await readItem(of.table, keyOf(of, kind, id));
    return item && (unmarshal({ M: item }) as Mark);
  },
  replace(kind, id, mark, seen) {
    const condition = seen ? sameAs(seen, mark) : newOrOwn(mark);
    return putItemIf(of.table, itemOf(of, kind, id, mark), condition);
  },
  write: (kind, id, mark) => putItem(of.table, itemOf(of, kind, id, mark)),
});

/** A write may have been done whose answer was lost: then the claim is the holder's own. */
const newOrOwn = ({ holder }: Mark) => ({
  expression: 'attribute_not_exists(pk) OR holder = :holder',
  values: { ':holder': { S: holder } },
});

const sameAs = (seen: Mark, { holder }: Mark) => ({
  expression: '(holder = :seen AND #until = :until) OR holder = :holder',
  names: { '#until': 'until' },
  values: {
    ':seen': { S: seen.holder },
    ':until': { N: String(seen.until) },
    ':holder': { S: holder },
  },
});

const itemOf = (of: MarkTable, kind: string, id: string, mark: Mark): Item => ({
  ...keyOf(of, kind, id),
  state: { S: mark.state },
  holder: { S: mark.holder },
  until: { N: String(mark.until) },
  ...(mark.answer !== undefined && { answer: { S: mark.answer } }),
  expiresAt: { N: String(Math.ceil(Date.now() / 1000) + of.windowSeconds) },
});

/** Ids may be long, and may say something of a person. */
function keyOf({ stream }: MarkTable, kind: string, id: string): Item {
  const digest = createHash('sha256').update(id).digest('base64url');
  const { pk, sk } = keys.streamRecord(stream, digest, kind as Kind);
  return { pk: { S: pk }, sk: { S: sk } };
}

import { invalidField } from '#core/errors.ts';
import { parsePredictionId } from '#core/prediction-id.ts';
import type { Item, Page } from '#shared/dynamo.ts';
import { Feedback, type FeedbackQuery } from './schema.ts';
import { readItems } from './store.ts';

const DAY_MS = 86_400_000;
/** Each day is a read of its own, empty or not. */
const MAX_DAYS = 40;

/** One page of an endpoint's feedback, in the order of the predictions. */
export async function listFeedback(
  endpoint: string,
  query: FeedbackQuery,
  now = Date.now(),
): Promise<Page<Feedback>> {
  const { limit, cursor } = query;
  const span = spanOf(query, now);
  const after = cursor === undefined ? undefined : decode(cursor);
  const from = Math.max(span.from, after ? after.at : 0);
  const found: Item[] = [];
  const reading = { endpoint, from, to: span.to, after: after?.sk, pageSize: limit + 1 };
  for await (const item of readItems(reading)) {
    if (found.push(item) > limit) break;
  }
  const items = found.slice(0, limit);
  const last = found.length > limit ? String(items.at(-1)?.sk) : undefined;
  return {
    items: items.map((item) => Feedback.parse(item)),
    ...(last && { nextCursor: Buffer.from(last).toString('base64url') }),
  };
}

function spanOf({ from, to }: FeedbackQuery, now: number): { from: number; to: number } {
  const end = to === undefined ? now : Date.parse(to);
  const start = from === undefined ? end - DAY_MS : Date.parse(from);
  if (start >= end) throw invalidField('from', 'must be before `to`');
  if (end - start > MAX_DAYS * DAY_MS) {
    throw invalidField('from', `must be at most ${MAX_DAYS} days before \`to\``);
  }
  return { from: start, to: end };
}

/** The cursor is the sort key of the last item; it says itself when its prediction was made. */
function decode(cursor: string): { sk: string; at: number } {
  const sk = Buffer.from(cursor, 'base64url').toString('utf8');
  const parsed = parsePredictionId(sk.split('#')[0] as string);
  if (parsed && /#\d{9}$/.test(sk)) return { sk, at: parsed.at };
  throw invalidField('cursor', 'is not one that a list returned as nextCursor');
}

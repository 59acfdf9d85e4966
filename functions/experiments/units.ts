import { columnOf, type NumericColumn, type Table, type TextColumn } from '#core/table/table.ts';
import { readCaptures } from '#slices/traffic';
import type { Arm } from './schema.ts';

/** More than this one evaluation does not count: it is by far enough to see a broken split. */
const MAX_UNITS = 200_000;
/** Files of one moment are written one after the other, arm by arm: all of it has to be there. */
const SETTLED_MS = 60_000;

export interface UnitQuery {
  readonly endpoint: string;
  readonly arms: readonly Arm[];
  /** In which requests were captured and units were assigned. */
  readonly revisions: ReadonlySet<number>;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

interface Sighting {
  at: number;
  revision: number;
  arm: number;
}

/**
 * How many units each arm got, by revision, in the order of the arms. A unit that comes back counts
 * once, where it was seen first: where it went then is by chance alone, as the weights were. What is
 * known of it is its hash in captures, of whatever share: that leaves units out of all arms alike.
 */
export async function countUnits(query: UnitQuery): Promise<Map<number, number[]>> {
  const { endpoint, arms, revisions, from, to } = query;
  const counts = new Map([...revisions].map((revision) => [revision, arms.map(() => 0)]));
  if (revisions.size === 0) return counts;
  const found = new Map<string, Sighting>();
  const span = { endpoint, from, to: to - SETTLED_MS, columns: [] };
  for await (const captured of readCaptures(span)) {
    see(found, captured, query);
    if (found.size >= MAX_UNITS) break;
  }
  for (const { revision, arm } of found.values()) {
    const count = counts.get(revision) as number[];
    count[arm] = (count[arm] as number) + 1;
  }
  return counts;
}

/** A request without its unit was assigned by itself. */
function see(found: Map<string, Sighting>, captured: Table, { arms, revisions }: UnitQuery): void {
  const texts = (name: string) => textsOf(columnOf(captured, name) as TextColumn);
  const numbers = (name: string) => (columnOf(captured, name) as NumericColumn).values;
  const [unit, request, variant] = [texts('unit'), texts('prediction_id'), texts('variant')];
  const [times, revisionOf, versions] = [numbers('at'), numbers('revision'), numbers('version')];
  for (let row = 0; row < captured.rows; row++) {
    const [at, revision] = [times[row] as number, revisionOf[row] as number];
    const arm = arms.findIndex(
      (one) => one.variant === variant(row) && one.version === versions[row],
    );
    if (arm < 0 || !revisions.has(revision)) continue;
    const id = unit(row) ?? (request(row) as string);
    const before = found.get(id);
    if (!before || at < before.at) found.set(id, { at, revision, arm });
  }
}

const textsOf =
  ({ codes, categories }: TextColumn) =>
  (row: number): string | undefined =>
    categories[codes[row] as number];

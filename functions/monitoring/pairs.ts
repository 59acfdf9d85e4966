import { MASKED } from '#core/capture/fill.ts';
import { valuesIn } from '#core/drift/compare-profiles.ts';
import { isVectorColumn } from '#core/drift/joint-drift.ts';
import type { ColumnProfile } from '#core/profile/schema.ts';
import { columnOf } from '#core/table/table.ts';
import type { Observation } from './observe.ts';
import type { ReferenceData } from './reference.ts';
import type { MonitorSpec } from './schema.ts';

export type Side = 'in_' | 'out_';

/** A column that both the window and its reference have. */
export interface Pair {
  readonly side: Side;
  /** Without `in_` or `out_`. */
  readonly name: string;
  readonly reference: ColumnProfile;
  readonly current: ColumnProfile;
}

export interface Pairs {
  readonly pairs: Pair[];
  readonly notCompared: { name: string; reason: string }[];
  /** Columns of vectors that both have: they are compared as a whole. */
  readonly vectors: string[];
}

/** Features that are watched, and outputs that the reference has too. */
export function pairUp(
  { profile, sample }: Pick<Observation, 'profile' | 'sample'>,
  reference: Pick<ReferenceData, 'columns' | 'sample'>,
  { features }: Pick<MonitorSpec, 'features'>,
): Pairs {
  const notCompared: Pairs['notCompared'] = [];
  const vectors: string[] = [];
  const byName = new Map(reference.columns.map((column) => [column.name, column]));
  const pairs = profile.columns.flatMap((current): Pair[] => {
    const side: Side = current.name.startsWith('in_') ? 'in_' : 'out_';
    const name = current.name.slice(side.length);
    if (side === 'in_' && features && !features.includes(name)) return [];
    const own = columnOf(sample, current.name);
    const found = byName.get(current.name);
    const before = columnOf(reference.sample, current.name);
    if (side === 'in_' && own && before && isVectorColumn(own) && isVectorColumn(before)) {
      vectors.push(current.name);
      return [];
    }
    const reason = whyNot(found, current);
    if (reason !== undefined && (side === 'in_' || found)) notCompared.push({ name, reason });
    return found && reason === undefined ? [{ side, name, reference: found, current }] : [];
  });
  return { pairs, notCompared, vectors };
}

function whyNot(reference: ColumnProfile | undefined, current: ColumnProfile): string | undefined {
  if (current.kind === 'text' && current.counts.counts.every(([text]) => text === MASKED)) {
    if (current.counts.counts.length > 0) return 'it is masked in the captures';
  }
  if (!reference) return 'the reference does not have it';
  if (reference.kind === current.kind) return undefined;
  // A column of gaps alone has no kind of its own.
  if (valuesIn(current) === 0) return 'it has no value in the window';
  return 'it holds numbers on one side and texts on the other';
}

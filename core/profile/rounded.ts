import type { ColumnProfile, NumericProfile } from './schema.ts';

/**
 * The profile of the same values in the precision that a model takes them in: captures hold that,
 * and 0.1 is not what it is in single precision.
 *
 * @param round never falls where its argument rises
 */
export function roundProfile(
  column: ColumnProfile,
  round: (value: number) => number,
): ColumnProfile {
  if (column.kind === 'text') return column;
  const { min, max, values, quantiles, bins } = column;
  return {
    ...column,
    min: min === null ? null : round(min),
    max: max === null ? null : round(max),
    values: values && mergeEqual(values.map(([value, count]) => [round(value), count])),
    quantiles: { ...quantiles, levels: quantiles.levels.map((level) => level.map(round)) },
    ...(bins && { bins: { ...bins, edges: bins.edges.map(round) } }),
  };
}

function mergeEqual(values: readonly [number, number][]): NonNullable<NumericProfile['values']> {
  const counts = new Map<number, number>();
  for (const [value, count] of values) counts.set(value, (counts.get(value) ?? 0) + count);
  return [...counts];
}

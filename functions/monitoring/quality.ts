import { findQualityProblems, type QualityFinding } from '#core/monitoring/data-quality.ts';
import type { Pair } from './pairs.ts';
import type { MonitorSpec } from './schema.ts';

/** @param outside rows beyond the reference's range, by column */
export function qualityOf(
  pairs: readonly Pair[],
  outside: ReadonlyMap<string, number>,
  { thresholds }: Pick<MonitorSpec, 'thresholds'>,
): QualityFinding[] {
  return pairs
    .filter(({ side }) => side === 'in_')
    .flatMap(({ name, reference, current }) =>
      findQualityProblems(
        { ...reference, name },
        { ...current, name },
        { tolerance: thresholds.missing, outside: outside.get(`in_${name}`) ?? 0 },
      ),
    );
}

import { type ColumnDrift, controlFalseDiscoveries } from '#core/drift/columns.ts';
import { jointDrift } from '#core/drift/joint-drift.ts';
import type { QualityFinding } from '#core/monitoring/data-quality.ts';
import { distributionOf } from '#core/monitoring/distribution.ts';
import { driftStrength, type RankedColumn } from '#core/monitoring/ranking.ts';
import { judgeWindow, type WindowVerdict } from '#core/monitoring/window.ts';
import { standardDeviation } from '#core/profile/moments.ts';
import type { ColumnProfile } from '#core/profile/schema.ts';
import { Random } from '#core/random.ts';
import type { Table } from '#core/table/table.ts';
import { comparePair } from './compare.ts';
import type { Observation } from './observe.ts';
import { type Pair, type Pairs, pairUp } from './pairs.ts';
import { qualityOf } from './quality.ts';
import type { ReferenceData } from './reference.ts';
import type { ColumnReport, MultivariateReport } from './report-schema.ts';
import type { MonitorSpec } from './schema.ts';
import { type SegmentDrift, type SegmentPart, segmentParts } from './segments.ts';

export interface Judgement {
  readonly verdict: WindowVerdict;
  readonly features: ColumnReport[];
  readonly outputs: ColumnReport[];
  readonly multivariate: MultivariateReport[];
  readonly segments: SegmentDrift[];
  readonly notCompared: { name: string; reason: string }[];
  readonly quality: QualityFinding[];
}

interface Comparison extends ColumnDrift {
  /** Of the whole window where it is undefined. */
  readonly segment?: string;
  readonly pair?: Pair;
  /** Columns looked at together. */
  readonly columns?: string[];
}

/**
 * Holds what a window's predictions were against the reference: each feature and output, all of
 * them together, and segments. P-values of all these tests are corrected together.
 */
export function judge(
  observation: Observation,
  reference: ReferenceData,
  { spec, importance }: { spec: MonitorSpec; importance: ReadonlyMap<string, number> },
): Judgement {
  const { rows } = observation.profile;
  const paired = pairUp(observation, reference, spec);
  const { pairs, notCompared } = paired;
  const isEnough = rows >= spec.minRows;
  const segments = isEnough ? segmentParts(observation, reference, spec) : [];
  const compared = isEnough ? controlFalseDiscoveries(compareAll()) : [];
  const of = (side: Pair['side']) =>
    compared.filter(({ segment, pair }) => segment === undefined && pair?.side === side);
  const rules = { minRows: spec.minRows, driftedShare: spec.thresholds.driftedShare };
  const verdict = judgeWindow(rows, of('in_'), { ...rules, importance });
  const byName = new Map(pairs.map((pair) => [pair.side + pair.name, pair]));
  const reports = (side: Pair['side'], ranked: readonly RankedColumn[]) =>
    ranked.map((column) => reportOf(column, byName.get(side + column.name) as Pair));
  return {
    verdict,
    features: reports('in_', rankedIn(verdict)),
    outputs: reports('out_', rankedIn(judgeWindow(rows, of('out_'), rules))),
    multivariate: compared.flatMap(({ columns, result }) =>
      columns ? [{ ...result, columns, strength: driftStrength(result) }] : [],
    ),
    segments: segments.map((part) =>
      part.toDrift(compared.filter(({ segment }) => segment === part.name)),
    ),
    notCompared,
    quality: isEnough ? qualityOf(pairs, observation.outside, spec) : [],
  };

  function compareAll(): Comparison[] {
    return [
      ...compareWhole(pairs, observation, reference, spec),
      ...compareJointly(paired, observation, reference, spec),
      ...segments.flatMap((part) => compareSegment(part, spec)),
    ];
  }
}

const rankedIn = (verdict: WindowVerdict): readonly RankedColumn[] =>
  verdict.status === 'insufficient-data' ? [] : verdict.columns;

function compareWhole(
  pairs: readonly Pair[],
  observation: Observation,
  reference: ReferenceData,
  spec: MonitorSpec,
): Comparison[] {
  const rows = {
    ...{ reference: reference.sample, current: observation.sample },
    areWhole: reference.isWhole && observation.isWhole,
  };
  return pairs.flatMap((pair) => {
    const result = comparePair(pair, rows, spec);
    return result ? [{ name: pair.name, pair, result }] : [];
  });
}

function compareJointly(
  { pairs, vectors }: Pairs,
  observation: Observation,
  reference: ReferenceData,
  { multivariate }: MonitorSpec,
): Comparison[] {
  const inputs = pairs.filter(({ side }) => side === 'in_').map(({ name }) => `in_${name}`);
  const names = new Set([...inputs, ...vectors]);
  const take = ({ rows, columns }: Table): Table => ({
    rows,
    columns: columns.filter(({ name }) => names.has(name)),
  });
  const options = { ...multivariate, random: new Random(1) };
  return jointDrift(take(reference.sample), take(observation.sample), options).map(
    ({ columns, result }) => ({
      name: 'multivariate',
      columns: columns.map((column) => column.slice('in_'.length)),
      result,
    }),
  );
}

function compareSegment({ name: segment, pairs, rows }: SegmentPart, spec: MonitorSpec) {
  return pairs.flatMap((pair): Comparison[] => {
    if (pair.side !== 'in_') return [];
    const result = comparePair(pair, { ...rows, areWhole: true }, spec);
    return result ? [{ segment, name: pair.name, pair, result }] : [];
  });
}

function reportOf(column: RankedColumn, { reference, current }: Pair): ColumnReport {
  const { name, result, importance, strength, weight } = column;
  const distribution = distributionOf(reference, current);
  return {
    name,
    ...result,
    ...{ importance, strength, weight },
    ...(distribution && { distribution: structuredClone(distribution) as never }),
    reference: sideOf(reference),
    current: sideOf(current),
  };
}

function sideOf(profile: ColumnProfile): ColumnReport['reference'] {
  const { count: rows, missing } = profile;
  if (profile.kind === 'text' || profile.moments.count === 0) return { rows, missing };
  const spread = standardDeviation(profile.moments);
  return {
    ...{ rows, missing, mean: profile.moments.mean },
    ...(spread !== undefined && { standardDeviation: spread }),
  };
}

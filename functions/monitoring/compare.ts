import { MASKED } from '#core/capture/fill.ts';
import { chooseMethod } from '#core/drift/choose.ts';
import type { ColumnDrift } from '#core/drift/columns.ts';
import { compareProfiles, valuesIn } from '#core/drift/compare-profiles.ts';
import { findQualityProblems, type QualityFinding } from '#core/monitoring/data-quality.ts';
import { distributionOf } from '#core/monitoring/distribution.ts';
import type { RankedColumn } from '#core/monitoring/ranking.ts';
import { judgeWindow, type WindowVerdict } from '#core/monitoring/window.ts';
import { standardDeviation } from '#core/profile/moments.ts';
import type { ColumnProfile } from '#core/profile/schema.ts';
import type { Observation } from './observe.ts';
import type { ReferenceData } from './reference.ts';
import type { ColumnReport } from './report-schema.ts';
import type { MonitorSpec } from './schema.ts';

export interface Comparison {
  readonly verdict: WindowVerdict;
  readonly features: ColumnReport[];
  readonly outputs: ColumnReport[];
  readonly notCompared: { name: string; reason: string }[];
  readonly quality: QualityFinding[];
}

interface Pair {
  /** Without `in_` or `out_`. */
  readonly name: string;
  readonly reference: ColumnProfile;
  readonly current: ColumnProfile;
}

/** Holds what a window's predictions were against the reference, feature by feature. */
export function compare(
  { profile, outside }: Observation,
  reference: ReferenceData,
  { spec, importance }: { spec: MonitorSpec; importance: ReadonlyMap<string, number> },
): Comparison {
  const notCompared: Comparison['notCompared'] = [];
  const pairs = (side: 'in_' | 'out_'): Pair[] =>
    profile.columns
      .filter(({ name }) => name.startsWith(side) && isWanted(name.slice(side.length), side, spec))
      .flatMap((current) => {
        const name = current.name.slice(side.length);
        const found = reference.columns.find((column) => column.name === current.name);
        const reason = whyNot(found, current);
        if (reason !== undefined && (side === 'in_' || found)) notCompared.push({ name, reason });
        return found && reason === undefined ? [{ name, reference: found, current }] : [];
      });
  const [inputs, outputs] = [pairs('in_'), pairs('out_')];
  const rules = { minRows: spec.minRows, driftedShare: spec.thresholds.driftedShare };
  const verdict = judgeWindow(profile.rows, drifts(inputs, spec), { ...rules, importance });
  const beside = judgeWindow(profile.rows, drifts(outputs, spec), rules);
  const tolerance = spec.thresholds.missing;
  const quality = inputs.flatMap(({ name, reference: r, current: c }) =>
    findQualityProblems(
      { ...r, name },
      { ...c, name },
      { tolerance, outside: outside.get(`in_${name}`) ?? 0 },
    ),
  );
  return {
    verdict,
    features: reportsOf(verdict, inputs),
    outputs: reportsOf(beside, outputs),
    notCompared,
    quality: verdict.status === 'insufficient-data' ? [] : quality,
  };
}

const isWanted = (name: string, side: 'in_' | 'out_', { features }: MonitorSpec): boolean =>
  side === 'out_' || !features || features.includes(name);

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

function drifts(pairs: readonly Pair[], { tests }: MonitorSpec): ColumnDrift[] {
  return pairs.flatMap(({ name, reference, current }) => {
    const { method = methodFor(reference, current), threshold } = tests[name] ?? {};
    const result = compareProfiles(reference, current, { method, threshold });
    return result ? [{ name, result }] : [];
  });
}

/**
 * A test where either side is small, a distance where both are large: distances of small windows
 * are beyond their thresholds by chance, tests of large ones for differences of no matter.
 */
function methodFor(reference: ColumnProfile, current: ColumnProfile) {
  const rows = Math.min(valuesIn(reference), valuesIn(current));
  if (reference.kind === 'text' && reference.counts.error > 0) return 'jensen-shannon';
  const distinct = reference.kind === 'numeric' ? (reference.values?.length ?? 51) : 0;
  const method = chooseMethod({ kind: reference.kind, rows, distinct });
  // Categories count as such only where both sides count all of their values.
  const counted = current.kind === 'numeric' && current.values === null;
  return counted && method === 'chi-square' ? 'kolmogorov-smirnov' : method;
}

function reportsOf(verdict: WindowVerdict, pairs: readonly Pair[]): ColumnReport[] {
  if (verdict.status === 'insufficient-data') return [];
  const byName = new Map(pairs.map((pair) => [pair.name, pair]));
  return verdict.columns.map((column) => reportOf(column, byName.get(column.name) as Pair));
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

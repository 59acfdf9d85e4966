import type { ColumnDrift } from '#core/drift/columns.ts';
import { dataDrift } from '#core/drift/columns.ts';
import { driftStrength } from '#core/monitoring/ranking.ts';
import { rowsOfSegment, type Segment } from '#core/monitoring/segments.ts';
import { Outside } from '#core/profile/outside.ts';
import { edgesFrom, profileTable } from '#core/profile/profiler.ts';
import { type Table, takeRows } from '#core/table/table.ts';
import type { Observation } from './observe.ts';
import { type Pair, pairUp } from './pairs.ts';
import { qualityOf } from './quality.ts';
import type { ReferenceData } from './reference.ts';
import type { SegmentReport } from './report-schema.ts';
import type { MonitorSpec } from './schema.ts';

export type SegmentDrift = Omit<SegmentReport, 'performance'>;

/** A segment's rows on both sides, ready to be compared. */
export interface SegmentPart {
  readonly name: string;
  /** None where either side has too few rows. */
  readonly pairs: readonly Pair[];
  readonly rows: { readonly reference: Table; readonly current: Table };
  toDrift(compared: readonly ColumnDrift[]): SegmentDrift;
}

/** Of the rows at hand on both sides: of large ones these are samples. */
export const segmentParts = (
  observation: Observation,
  reference: ReferenceData,
  spec: MonitorSpec,
): SegmentPart[] =>
  spec.segments.map((segment) => {
    const rows = {
      reference: takeSegment(reference.sample, segment),
      current: takeSegment(observation.sample, segment),
    };
    const isEnough = Math.min(rows.reference.rows, rows.current.rows) >= spec.minRows;
    return partOf(segment.name, rows, { spec, isEnough });
  });

const takeSegment = (table: Table, segment: Segment): Table => {
  const { rows, columns } = takeRows(table, rowsOfSegment(table, segment));
  return { rows, columns: columns.filter(({ name }) => /^(in|out)_/.test(name)) };
};

function partOf(
  name: string,
  rows: SegmentPart['rows'],
  { spec, isEnough }: { spec: MonitorSpec; isEnough: boolean },
): SegmentPart {
  const counts = { name, rows: rows.current.rows, referenceRows: rows.reference.rows };
  if (!isEnough) {
    const none = { driftedShare: null, features: [], quality: [] };
    return {
      ...{ name, rows, pairs: [] },
      toDrift: () => ({ ...counts, status: 'insufficient-data', ...none }),
    };
  }
  const { columns } = profileTable(rows.reference);
  const edges = edgesFrom({ version: 1, rows: 0, columns });
  const observed = { profile: profileTable(rows.current, edges), sample: rows.current };
  const { pairs } = pairUp(observed, { columns, sample: rows.reference }, spec);
  const outside = new Outside(columns);
  outside.add(rows.current.columns);
  const quality = qualityOf(pairs, outside.counts, spec);
  const toDrift = (compared: readonly ColumnDrift[]): SegmentDrift => {
    const { drifted, share } = dataDrift(compared, spec.thresholds.driftedShare);
    const features = compared
      .map((column) => ({
        name: column.name,
        ...column.result,
        strength: driftStrength(column.result),
      }))
      .sort((a, b) => b.strength - a.strength || (a.name < b.name ? -1 : 1));
    const status = drifted ? 'drifted' : 'stable';
    return { ...counts, status, driftedShare: share, features, quality };
  };
  return { name, rows, pairs, toDrift };
}

import { type Outline, outlineOf } from '#core/drift/outline.ts';
import type { ColumnProfile, NumericProfile, TextProfile } from '#core/profile/schema.ts';

/** Two distributions to be drawn on one plot, as shares of the rows that have a value. */
export type Distribution =
  | {
      readonly kind: 'numeric';
      /** Between the bins, one less than there are bins: the first and the last are open. */
      readonly edges: readonly number[];
      readonly reference: readonly number[];
      readonly current: readonly number[];
    }
  | {
      readonly kind: 'text';
      readonly labels: readonly string[];
      readonly reference: readonly number[];
      readonly current: readonly number[];
    };

const BINS = 20;
const LABELS = 12;
/** What lies beyond is in the open bins, so that a few far values do not flatten the rest. */
const TAIL = 0.005;

/** Undefined where there is nothing to draw, or the kinds differ. */
export function distributionOf(
  reference: ColumnProfile,
  current: ColumnProfile,
): Distribution | undefined {
  if (reference.kind === 'text' && current.kind === 'text') return ofTexts(reference, current);
  if (reference.kind === 'text' || current.kind === 'text') return undefined;
  if (reference.moments.count === 0 || current.moments.count === 0) return undefined;
  return ofNumbers(reference, current);
}

function ofNumbers(reference: NumericProfile, current: NumericProfile): Distribution {
  const outlines = [outlineOf(reference), outlineOf(current)] as const;
  const low = Math.min(...outlines.map((outline) => valueAt(outline, TAIL)));
  const high = Math.max(...outlines.map((outline) => valueAt(outline, 1 - TAIL)));
  const edges =
    low === high
      ? [low]
      : Array.from({ length: BINS - 1 }, (_, i) => low + ((high - low) * (i + 1)) / BINS);
  const [r, c] = outlines.map((outline) => sharesBetween(outline, edges));
  return { kind: 'numeric', edges, reference: r as number[], current: c as number[] };
}

/** The smallest value that so large a share lies at or below. */
function valueAt({ values, ranks, rows }: Outline, share: number): number {
  const at = ranks.findIndex((rank) => rank >= share * rows);
  return values[at < 0 ? values.length - 1 : at] as number;
}

function sharesBetween({ values, ranks, rows }: Outline, edges: readonly number[]): number[] {
  let i = 0;
  const below = edges.map((edge) => {
    while (i < values.length && (values[i] as number) <= edge) i++;
    return i === 0 ? 0 : (ranks[i - 1] as number) / rows;
  });
  return [...below, 1].map((share, bin) => round(share - (bin === 0 ? 0 : (below[bin - 1] ?? 0))));
}

/** The most frequent of both, and all others together. */
function ofTexts(reference: TextProfile, current: TextProfile): Distribution {
  const sides = [reference, current].map((profile) => ({
    counts: new Map(profile.counts.counts),
    rows: Math.max(1, profile.count - profile.missing),
  }));
  const shareOf = (label: string, side: number) =>
    ((sides[side] as (typeof sides)[number]).counts.get(label) ?? 0) /
    (sides[side] as (typeof sides)[number]).rows;
  const all = [...new Set(sides.flatMap(({ counts }) => [...counts.keys()]))];
  const weight = (label: string) => shareOf(label, 0) + shareOf(label, 1);
  const labels = all.sort((a, b) => weight(b) - weight(a) || (a < b ? -1 : 1)).slice(0, LABELS);
  const shares = (side: number) => labels.map((label) => round(shareOf(label, side)));
  return { kind: 'text', labels, reference: shares(0), current: shares(1) };
}

const round = (share: number): number => Math.round(share * 1e6) / 1e6;

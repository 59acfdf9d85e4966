import type { Ranking } from './ranking.ts';

export type Point = [x: number, y: number];

/** Points that a curve is drawn with at most. */
const MOST_POINTS = 200;

/** False-positive rate and true-positive rate by falling threshold; needs both classes. */
export function rocCurve(ranking: Ranking): Point[] {
  const { x, y } = walk(ranking, (positives, negatives, all) => [
    negatives / (all.rows - all.positives),
    positives / all.positives,
  ]);
  return thin([0, ...x], [0, ...y]);
}

/** Recall and precision by falling threshold, from recall 0 at precision 1; needs a positive row. */
export function precisionRecallCurve(ranking: Ranking): Point[] {
  const { x, y } = walk(ranking, (positives, negatives, all) => [
    positives / all.positives,
    positives / (positives + negatives),
  ]);
  return thin([0, ...x], [1, ...y]);
}

type At = (positives: number, negatives: number, all: { rows: number; positives: number }) => Point;

function walk({ positive, endsTie }: Ranking, at: At): { x: number[]; y: number[] } {
  const all = { rows: positive.length, positives: positive.reduce((a, b) => a + b, 0) };
  const x: number[] = [];
  const y: number[] = [];
  let positives = 0;
  for (let rank = 0; rank < positive.length; rank++) {
    positives += positive[rank]!;
    if (endsTie[rank] === 0) continue;
    const point = at(positives, rank + 1 - positives, all);
    x.push(point[0]);
    y.push(point[1]);
  }
  return { x, y };
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  /** The point farthest from the straight line between the ends. */
  readonly farthest: number;
  readonly distance: number;
}

/**
 * Keeps the points that carry the shape: ends first, then again and again the point farthest from
 * the line drawn so far (Ramer 1972, Douglas and Peucker 1973), until none is off or 200 are kept.
 */
export function thin(x: readonly number[], y: readonly number[], most = MOST_POINTS): Point[] {
  const kept = [0, x.length - 1];
  const stretches = [stretch(x, y, 0, x.length - 1)];
  while (kept.length < most && stretches.length > 0) {
    const worst = stretches.reduce((a, b) => (b.distance > a.distance ? b : a));
    if (worst.distance < 1e-9) break;
    const { from, farthest, to } = worst;
    kept.push(farthest);
    stretches.splice(
      stretches.indexOf(worst),
      1,
      stretch(x, y, from, farthest),
      stretch(x, y, farthest, to),
    );
  }
  return kept.sort((a, b) => a - b).map((i) => [x[i]!, y[i]!]);
}

function stretch(x: readonly number[], y: readonly number[], from: number, to: number): Stretch {
  const dx = x[to]! - x[from]!;
  const dy = y[to]! - y[from]!;
  const length = Math.hypot(dx, dy) || 1;
  let farthest = from;
  let distance = 0;
  for (let i = from + 1; i < to; i++) {
    const off = Math.abs(dx * (y[i]! - y[from]!) - dy * (x[i]! - x[from]!)) / length;
    if (off > distance) {
      farthest = i;
      distance = off;
    }
  }
  return { from, to, farthest, distance };
}

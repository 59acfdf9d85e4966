import { compareLatest, type Point } from '#core/tracking/metrics.ts';
import { readHistory } from './history.ts';
import type { Space } from './records.ts';

interface Interval {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Points that are wanted. */
  readonly most: number;
}

const PAGE = 25_000;

/**
 * Points of a curve between two steps. Of many, the first of each of as many parts as are wanted,
 * which differ by no more than a point, and the last point of all: as MLflow's server chooses them.
 */
export async function sampleHistory(
  space: Space,
  run: string,
  metric: string,
  { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, most }: Interval,
): Promise<Point[]> {
  const points: Point[] = [];
  let token: string | undefined;
  do {
    const page = await readHistory(space, run, metric, { limit: PAGE, token });
    points.push(...page.points.filter(({ step }) => step >= from && step <= to));
    token = page.nextToken;
  } while (token);
  points.sort(compareLatest);
  if (points.length <= most) return points;
  const [size, larger] = [Math.floor(points.length / most), points.length % most];
  const firsts = Array.from({ length: most - 1 }, (_, i) => i * size + Math.min(i, larger));
  return [...firsts, points.length - 1].map((i) => points[i] as Point);
}

import { invalidField } from '#core/errors.ts';
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

/** Points of a curve between two steps, evenly chosen where there are many; the last is among them. */
export async function sampleHistory(
  space: Space,
  run: string,
  metric: string,
  { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, most }: Interval,
): Promise<Point[]> {
  if (from > to) throw invalidField('end_step', 'must not be less than start_step');
  const points: Point[] = [];
  let token: string | undefined;
  do {
    const page = await readHistory(space, run, metric, { limit: PAGE, token });
    points.push(...page.points.filter(({ step }) => step >= from && step <= to));
    token = page.nextToken;
  } while (token);
  points.sort(compareLatest);
  if (points.length <= most) return points;
  const every = Math.ceil(points.length / most);
  return points.filter((_, i) => i % every === 0 || i === points.length - 1);
}

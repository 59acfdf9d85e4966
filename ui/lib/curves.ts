import type { Metric } from '../api/mlflow.ts';

/** What the x axis of a curve counts: steps, ms since 1970, or ms since the run began. */
export type Across = 'step' | 'time' | 'relative';

/** A line to draw; `undefined` where there is nothing to draw at this x. */
export interface Line {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly (number | undefined)[];
}

export interface CurveSettings {
  readonly across: Across;
  /** 0 as it is, towards 1 smoother. */
  readonly smoothing: number;
  readonly log: boolean;
}

/**
 * Exponential moving average, corrected for its start at 0 as Adam's moments are (Kingma & Ba 2015,
 * section 3), which is what TensorBoard draws. What is no number is passed over.
 * @param weight in [0, 1): how much of the average before stays
 */
export function smooth(
  values: readonly (number | undefined)[],
  weight: number,
): (number | undefined)[] {
  let average = 0;
  let count = 0;
  return values.map((value) => {
    if (value === undefined || !Number.isFinite(value)) return value;
    average = weight * average + (1 - weight) * value;
    count += 1;
    return average / (1 - weight ** count);
  });
}

/** The points of one metric as a line. @param start of the run, ms since 1970 */
export function lineOf(
  name: string,
  points: readonly Metric[],
  start: number,
  { across, log }: Pick<CurveSettings, 'across' | 'log'>,
): Line {
  const xOf = ({ step, timestamp }: Metric) =>
    across === 'step' ? step : across === 'time' ? timestamp : timestamp - start;
  // A step that was logged twice keeps its later point, as the run's latest value does.
  const byX = new Map(
    points
      .toSorted((a, b) => xOf(a) - xOf(b) || a.timestamp - b.timestamp)
      .map((point) => [xOf(point), Number(point.value)]),
  );
  const isDrawn = (value: number) => Number.isFinite(value) && !(log && value <= 0);
  return {
    ...{ name, x: [...byX.keys()] },
    y: [...byX.values()].map((value) => (isDrawn(value) ? value : undefined)),
  };
}

export interface Summary {
  readonly points: number;
  /** Points without a place: NaN, infinite, or not above zero on a log scale. */
  readonly missing: number;
  readonly last: number | undefined;
  readonly least: number | undefined;
  readonly most: number | undefined;
}

/** What a line shows, in numbers, for those who do not see it. */
export function summarise({ y }: Line): Summary {
  const drawn = y.filter((value) => value !== undefined);
  return {
    ...{ points: y.length, missing: y.length - drawn.length, last: drawn.at(-1) },
    least: drawn.length > 0 ? drawn.reduce((a, b) => Math.min(a, b)) : undefined,
    most: drawn.length > 0 ? drawn.reduce((a, b) => Math.max(a, b)) : undefined,
  };
}

const ACROSS: readonly Across[] = ['step', 'time', 'relative'];

/** What the address says of how curves are drawn. */
export function settingsOf(query: Readonly<Record<string, string>>): CurveSettings {
  const smoothing = Number(query.smooth);
  return {
    across: ACROSS.find((one) => one === query.x) ?? 'step',
    smoothing: smoothing > 0 && smoothing < 1 ? smoothing : 0,
    log: query.log === 'true',
  };
}

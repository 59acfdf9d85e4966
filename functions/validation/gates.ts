import type { Figure } from '#core/figure.ts';
import type { Gate, GateResult } from './schema.ts';

/** What gates are held against. */
export interface Measured {
  /** By `check.figure`. */
  readonly figures: ReadonlyMap<string, Figure>;
  /** The champion's, from its own newest validation; undefined where there is no champion. */
  readonly champion: ReadonlyMap<string, Figure> | undefined;
  /** Why a check has no figures. */
  readonly skipped: ReadonlyMap<string, string>;
}

/**
 * Holds each gate that applies to the task against what was measured. A gate that is relative to
 * the champion passes where there is none.
 */
export const judge = (gates: readonly Gate[], measured: Measured, task: string): GateResult[] =>
  gates
    .filter((gate) => !gate.tasks || (gate.tasks as string[]).includes(task))
    .map((gate) =>
      gate.threshold === undefined ? judgeRelative(gate, measured) : judgeAbsolute(gate, measured),
    );

function judgeAbsolute(gate: Gate, measured: Measured): GateResult {
  const figure = measured.figures.get(gate.metric);
  const value = figure && heldValue(gate, figure);
  if (figure === undefined || value === undefined || value === null) {
    return notMeasured(gate, whyMissing(gate, measured));
  }
  const threshold = gate.threshold as number;
  const passed = compare(value, gate.comparison, threshold);
  const message = YES_OR_NO.has(gate.metric)
    ? `${gate.metric}: ${yesOrNo(value)}; required is ${yesOrNo(threshold)}`
    : `${gate.metric} is ${inWords(figure, short)}; required is ${WORDS[gate.comparison]} ${short(threshold)}${atEnd(gate, figure)}`;
  return result(gate, passed, { figure, threshold, message });
}

function judgeRelative(gate: Gate, measured: Measured): GateResult {
  if (!measured.champion) {
    const message = `${gate.metric}: there is no champion to compare with`;
    return result(gate, true, { figure: undefined, threshold: null, message });
  }
  const difference = differenceFrom(gate.metric, measured);
  const value = difference && heldValue(gate, difference);
  if (difference === undefined || value === undefined || value === null) {
    return notMeasured(gate, whyMissing(gate, measured));
  }
  const allowed = gate.notWorseThanChampionBy as number;
  const threshold = wantsMore(gate) ? -allowed : allowed;
  // 0.9 − 0.91 is a little below −0.01 in the numbers of a computer.
  const within = Math.abs(value - threshold) < ROUNDING ? threshold : value;
  const passed = compare(within, gate.comparison, threshold);
  const side = wantsMore(gate) ? 'less' : 'more';
  const most = gate.comparison.endsWith('=') ? 'at most' : 'less than';
  const message = `${gate.metric} is ${inWords(difference, lessOrMore, " than the champion's")}; allowed is ${most} ${short(allowed)} ${side}${atEnd(gate, difference)}`;
  return result(gate, passed, { figure: difference, threshold, message });
}

const ROUNDING = 1e-12;

/** Measured on the same rows where the check did so, else between two validations. */
function differenceFrom(metric: string, { figures, champion }: Measured): Figure | undefined {
  const [check, name] = metric.split(/\.(.*)/s) as [string, string];
  const paired = figures.get(`${check}.champion-difference-${name}`);
  if (paired) return paired;
  const own = figures.get(metric)?.value;
  const theirs = champion?.get(metric)?.value;
  if (typeof own !== 'number' || typeof theirs !== 'number') return undefined;
  return { value: own - theirs };
}

const wantsMore = (gate: Gate): boolean => gate.comparison.startsWith('>');

/** The end of the interval that the gate is about; the value where there is no interval. */
function heldValue(gate: Gate, figure: Figure): number | null {
  if (gate.holds === 'estimate' || !figure.interval) return figure.value;
  const { lower, upper } = figure.interval;
  return wantsMore(gate) === (gate.holds === 'surely') ? lower : upper;
}

function compare(value: number, comparison: Gate['comparison'], threshold: number): boolean {
  if (comparison === '>=') return value >= threshold;
  if (comparison === '>') return value > threshold;
  if (comparison === '<=') return value <= threshold;
  return value < threshold;
}

function notMeasured(gate: Gate, why: string): GateResult {
  return {
    metric: gate.metric,
    severity: gate.whenMissing === 'warn' ? 'warn' : gate.severity,
    outcome: 'not measured',
    blocks: gate.whenMissing === 'block' && gate.severity === 'block',
    measured: null,
    comparison: gate.comparison,
    threshold: gate.threshold ?? null,
    ...relativeTo(gate),
    message: `${gate.metric} was not measured: ${why}`,
  };
}

function whyMissing(gate: Gate, { skipped, figures }: Measured): string {
  const check = gate.metric.split('.')[0] as string;
  const reason = skipped.get(check);
  if (reason) return reason;
  return figures.has(gate.metric)
    ? 'the data leave it undefined'
    : `the check "${check}" has no such figure for this model`;
}

function result(
  gate: Gate,
  passed: boolean,
  about: { figure: Figure | undefined; threshold: number | null; message: string },
): GateResult {
  return {
    metric: gate.metric,
    severity: gate.severity,
    outcome: passed ? 'passed' : 'failed',
    blocks: !passed && gate.severity === 'block',
    measured: about.figure?.value ?? null,
    ...(about.figure?.interval && { interval: about.figure.interval }),
    comparison: gate.comparison,
    threshold: about.threshold,
    ...relativeTo(gate),
    message: about.message,
  };
}

const relativeTo = ({ threshold }: Gate) =>
  threshold === undefined ? ({ relativeTo: 'champion' } as const) : {};

/** Figures that are 1 or 0. */
const YES_OR_NO = new Set([
  'artifact.loaded',
  'artifact.digest-verified',
  'contract.golden-within-tolerance',
]);
const yesOrNo = (value: number): string => (value >= 1 ? 'yes' : 'no');

const WORDS = { '>=': 'at least', '>': 'more than', '<=': 'at most', '<': 'less than' } as const;

function inWords({ value, interval }: Figure, say: (value: number) => string, than = ''): string {
  const text = (value === null ? 'undefined' : say(value)) + than;
  if (!interval) return text;
  const percent = short(interval.level * 100);
  return `${text} (${percent} % interval ${say(interval.lower)} to ${say(interval.upper)})`;
}

const lessOrMore = (difference: number): string =>
  `${short(Math.abs(difference))} ${difference < 0 ? 'less' : 'more'}`;

/** What `holds` asks for, where there is an interval. */
function atEnd(gate: Gate, { interval }: Figure): string {
  if (gate.holds === 'estimate' || !interval) return '';
  return gate.holds === 'surely'
    ? ', even at the worse end of the interval'
    : ', if only at the better end of the interval';
}

const short = (value: number): string => String(Number(value.toPrecision(4)));

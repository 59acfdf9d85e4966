import type { Traffic, VariantTraffic } from '../api/endpoint-types.ts';
import type { Line } from './curves.ts';

/** What can be looked at, and how. */
export const SPANS = [
  ['1h', 'The last hour'],
  ['6h', 'The last 6 hours'],
  ['1d', 'The last day'],
  ['7d', 'The last 7 days'],
  ['30d', 'The last 30 days'],
] as const;

export type SpanName = (typeof SPANS)[number][0];

const HOUR = 3600;
/** Seconds, and of a step: some sixty of them, as wide as the figures are kept for that long. */
const LENGTHS: Readonly<Record<SpanName, readonly [length: number, step: number]>> = {
  '1h': [HOUR, 60],
  '6h': [6 * HOUR, 300],
  '1d': [24 * HOUR, 1800],
  '7d': [7 * 24 * HOUR, 3 * HOUR],
  '30d': [30 * 24 * HOUR, 12 * HOUR],
};

/** Whole steps, the one that is under way with them, so that figures do not change by when one looks. */
export function spanOf(name: SpanName, now: number): { from: string; to: string; step: number } {
  const [length, step] = LENGTHS[name];
  const to = Math.ceil(now / 1000 / step) * step;
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
  return { from: iso(to - length), to: iso(to), step };
}

/**
 * A line for each variant and version over all steps of the span, those without requests with them.
 * @param figure of a variant in a step; it gets nothing where the variant was not asked
 */
export function linesOf(
  { from, to, steps = [] }: Traffic,
  step: number,
  figure: (traffic: VariantTraffic | undefined) => number | undefined,
): Line[] {
  const byTime = new Map(steps.map(({ at, variants }) => [Date.parse(at), variants]));
  const names = [...new Set(steps.flatMap(({ variants }) => variants.map(nameOf)))];
  const [begin, end] = [Date.parse(from), Date.parse(to)];
  const count = Math.ceil((end - begin) / (step * 1000));
  const x = Array.from({ length: count }, (_, i) => begin + i * step * 1000);
  return names.map((name) => ({
    name,
    x,
    y: x.map((at) => figure(byTime.get(at)?.find((one) => nameOf(one) === name))),
  }));
}

export const nameOf = ({ variant, model, version }: VariantTraffic): string =>
  `${variant} (${model} ${version})`;

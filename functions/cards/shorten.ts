import type { CheckName, Evidence } from '#slices/validation';

/** Lists beyond this are cut: a card is for people, and an answer ends at 6 MB. */
export const MAX_ITEMS = 300;
/** More classes than this make no matrix that anybody reads. */
export const MAX_MATRIX = 50;
const MAX_CURVE_POINTS = 201;

type Lists = Record<string, unknown>;

/**
 * Evidence as a card holds it: without the bill of materials (a format of its own), long lists
 * cut at their end, curves thinned. `leftOut` says what is missing, in words.
 */
export function shorten<N extends CheckName>(
  check: N,
  evidence: Evidence<N>,
): { shown: Lists; leftOut: string[] } {
  const leftOut: string[] = [];
  const { bom: _, ...lists } = evidence as Lists;
  const shown = Object.fromEntries(
    Object.entries(lists).map(([name, value]) => [name, shortened(name, value, leftOut)]),
  );
  if (check === 'fairness') cutGroups(shown, leftOut);
  return { shown, leftOut };
}

const CURVES = ['roc', 'precisionRecall'];

function shortened(name: string, value: unknown, leftOut: string[]): unknown {
  if (name === 'confusion') return matrix(value, leftOut);
  if (!Array.isArray(value)) return value;
  if (CURVES.includes(name)) return thin(value);
  return cut(words(name), value, leftOut);
}

export function cut<T>(name: string, list: T[], leftOut: string[]): T[] {
  if (list.length <= MAX_ITEMS) return list;
  leftOut.push(`${list.length - MAX_ITEMS} of ${list.length} ${name}`);
  return list.slice(0, MAX_ITEMS);
}

function cutGroups(shown: Lists, leftOut: string[]): void {
  const attributes = shown.attributes as Evidence<'fairness'>['attributes'];
  shown.attributes = attributes.map((attribute) => ({
    ...attribute,
    groups: cut(`groups of ${attribute.attribute}`, attribute.groups, leftOut),
  }));
}

function matrix(value: unknown, leftOut: string[]): unknown {
  const { labels } = (value ?? { labels: [] }) as { labels: string[] };
  if (labels.length <= MAX_MATRIX) return value;
  leftOut.push(`the confusion matrix of ${labels.length} classes`);
  return undefined;
}

/** Evenly, with both ends. */
function thin<T>(points: readonly T[]): readonly T[] {
  if (points.length <= MAX_CURVE_POINTS) return points;
  const step = (points.length - 1) / (MAX_CURVE_POINTS - 1);
  return Array.from({ length: MAX_CURVE_POINTS }, (_, i) => points[Math.round(i * step)] as T);
}

const words = (name: string): string => name.replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`);

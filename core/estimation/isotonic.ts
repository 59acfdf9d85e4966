import { argsort } from '#core/stats/argsort.ts';

/** A function that never falls: straight between its points, flat beyond them. */
export interface Isotonic {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/**
 * Isotonic regression by pooling adjacent violators (Ayer et al. 1955), as scikit-learn's
 * IsotonicRegression(out_of_bounds='clip').
 */
export function fitIsotonic(x: Float64Array, y: Float64Array): Isotonic {
  const { values, sums, counts } = groupEqual(x, y);
  const level = pool(sums, counts);
  const keeps = (i: number) =>
    i === 0 || i === values.length - 1 || level[i] !== level[i - 1] || level[i] !== level[i + 1];
  const kept = values.map((_, i) => i).filter(keeps);
  return { x: kept.map((i) => values[i] as number), y: kept.map((i) => level[i] as number) };
}

function groupEqual(x: Float64Array, y: Float64Array) {
  const values: number[] = [];
  const sums: number[] = [];
  const counts: number[] = [];
  for (const row of argsort(x)) {
    if (values.length === 0 || x[row] !== values.at(-1)) {
      values.push(x[row] as number);
      sums.push(0);
      counts.push(0);
    }
    (sums[sums.length - 1] as number) += y[row] as number;
    (counts[counts.length - 1] as number)++;
  }
  return { values, sums, counts };
}

/** Means of the blocks that each group ends in, by group. */
function pool(sums: readonly number[], counts: readonly number[]): Float64Array {
  const blocks: { sum: number; count: number; groups: number }[] = [];
  for (let i = 0; i < sums.length; i++) {
    let block = { sum: sums[i] as number, count: counts[i] as number, groups: 1 };
    for (let last = blocks.at(-1); last && last.sum * block.count >= block.sum * last.count; ) {
      blocks.pop();
      block = {
        sum: last.sum + block.sum,
        count: last.count + block.count,
        groups: last.groups + block.groups,
      };
      last = blocks.at(-1);
    }
    blocks.push(block);
  }
  const level = new Float64Array(sums.length);
  let at = 0;
  for (const { sum, count, groups } of blocks) {
    level.fill(sum / count, at, at + groups);
    at += groups;
  }
  return level;
}

export function applyIsotonic({ x, y }: Isotonic, values: Float64Array): Float64Array {
  return values.map((value) => {
    let [low, high] = [0, x.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((x[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return y[0] as number;
    if (low === x.length) return y[low - 1] as number;
    const [left, right] = [x[low - 1] as number, x[low] as number];
    const [below, above] = [y[low - 1] as number, y[low] as number];
    return below + ((above - below) * (value - left)) / (right - left);
  });
}

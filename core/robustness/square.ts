import type { Random } from '#core/random.ts';
import { anotherChoice } from './noise.ts';
import { isGap, nearestAllowed, type Space, takePoints } from './space.ts';

/** How well an attack does on each row: higher is better for the attacker. */
export type Gain = (
  points: Float64Array,
  /** Which rows the points are of. */
  rows: Int32Array,
) => Promise<Float64Array>;

export interface SquareOptions {
  readonly budget: number;
  readonly rounds: number;
  readonly random: Random;
  /** From where a row is done: its label has changed. Infinity: never. */
  readonly enough: number;
}

/**
 * Random search for the worst input within a budget, after the Square Attack (Andriushchenko et al.
 * 2020): start at random corners of the box, then set random blocks of features to its faces and
 * keep what helps. Blocks get smaller by the paper's schedule. One call of `gain` per round.
 *
 * @param from where to start instead: the best points of a smaller budget
 * @returns the best points and their gains
 */
export async function squareSearch(
  space: Space,
  points: Float64Array,
  gain: Gain,
  { budget, rounds, random, enough, from }: SquareOptions & { from?: Float64Array | undefined },
): Promise<{ points: Float64Array; gains: Float64Array }> {
  const width = space.columns.length;
  const everyRow = new Int32Array(points.length / width).map((_, row) => row);
  const best = from?.slice() ?? points.slice();
  const gains = await gain(best, everyRow);
  for (let round = 0; round < rounds; round++) {
    const open = everyRow.filter((row) => gains[row]! < enough);
    if (open.length === 0) break;
    // The first proposal moves every feature: where a smaller budget's best went, if there is one.
    const stretch = round === 0 && from !== undefined;
    const size = round === 0 ? space.movable.length : blockSize(round / rounds, space);
    const tried = takePoints(best, open, width);
    for (const [position, row] of open.entries()) {
      const original = points.subarray(row * width, (row + 1) * width);
      const point = tried.subarray(position * width, (position + 1) * width);
      if (stretch) stretchTo(space, { point, original, budget });
      else pushBlock(space, { point, original, size, budget, random });
    }
    const found = await gain(tried, open);
    for (const [position, row] of open.entries()) {
      if (!(found[position]! > gains[row]!)) continue;
      gains[row] = found[position]!;
      best.set(tried.subarray(position * width, (position + 1) * width), row * width);
    }
  }
  return { points: best, gains };
}

/** Share of the features in a block halves at these shares of the rounds. */
const HALVINGS = [0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8];
const FIRST_SHARE = 0.8;

function blockSize(progress: number, { movable }: Space): number {
  const halvings = HALVINGS.filter((share) => share <= progress).length;
  return Math.max(1, Math.round(FIRST_SHARE * 0.5 ** halvings * movable.length));
}

interface Block {
  /** Changed in place. */
  readonly point: Float64Array;
  readonly original: Float64Array;
  readonly size: number;
  readonly budget: number;
  readonly random: Random;
}

/** Moves every feature that has left its original value on to the face of the box. */
function stretchTo(
  space: Space,
  { point, original, budget }: Pick<Block, 'point' | 'original' | 'budget'>,
): void {
  for (const i of space.movable) {
    const { dimension } = space.columns[i]!;
    if (dimension.kind !== 'number' || isGap(space, i, point[i]!)) continue;
    const step = Math.sign(point[i]! - original[i]!) * budget * dimension.deviation;
    point[i] = nearestAllowed(dimension, original[i]! + step);
  }
}

function pushBlock(space: Space, { point, original, size, budget, random }: Block): void {
  for (const chosen of random.sample(space.movable.length, size)) {
    const i = space.movable[chosen]!;
    const value = original[i]!;
    if (isGap(space, i, value)) continue;
    const { dimension } = space.columns[i]!;
    if (dimension.kind === 'number') {
      const step = (random.integer(2) === 0 ? -budget : budget) * dimension.deviation;
      point[i] = nearestAllowed(dimension, value + step);
    } else if (dimension.kind === 'choice' && budget >= 1) {
      point[i] = random.integer(2) === 0 ? value : anotherChoice(dimension.choices, value, random);
    }
  }
}

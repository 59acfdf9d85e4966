import type { Figure } from '#core/figure.ts';
import type { Random } from '#core/random.ts';
import { wilsonInterval } from '#core/stats/wilson.ts';
import { type Ask, BUDGETS, type ClassAnswers, NOISE_REPEATS, SQUARE_ROUNDS } from './answers.ts';
import { boundarySearch } from './boundary.ts';
import { withNoise } from './noise.ts';
import { type Space, takePoints } from './space.ts';
import { squareSearch } from './square.ts';
import { nearestOthers } from './starts.ts';

/** What an attack left at each budget, in standard deviations. */
export interface Attack {
  readonly name: string;
  readonly points: readonly { readonly budget: number; readonly value: Figure }[];
}

export interface ClassTarget {
  readonly space: Space;
  /** Rows to attack, row-major. */
  readonly points: Float64Array;
  /** Position of the true class by row. */
  readonly truth: Int32Array;
  readonly ask: Ask<ClassAnswers>;
  readonly random: Random;
}

/** Share of the rows still decided rightly, with Wilson's interval. */
const robust = (right: number, rows: number): Figure => ({
  value: right / rows,
  interval: wilsonInterval(right, rows),
  n: rows,
});

const count = (rows: ArrayLike<boolean>): number => Array.from(rows).filter(Boolean).length;

/** Noise of each budget, drawn several times by row, all in one call. */
export async function noiseOnClasses(target: ClassTarget, right: number): Promise<Attack> {
  const { space, points, truth, ask, random } = target;
  const rows = truth.length;
  const copies = new Int32Array(rows * NOISE_REPEATS).map((_, i) => i % rows);
  const repeated = takePoints(points, copies, space.columns.length);
  const found = [{ budget: 0, value: robust(right, rows) }];
  for (const budget of BUDGETS) {
    const { decided } = await ask(withNoise(space, repeated, { budget, random }));
    const kept = decided.reduce((sum, label, i) => sum + (label === truth[i % rows] ? 1 : 0), 0);
    // Draws of one row go together: there are as many observations as rows.
    found.push({ budget, value: robust(kept / NOISE_REPEATS, rows) });
  }
  return { name: 'noise', points: found };
}

/** Random search for inputs within each budget that change a right decision. */
export async function squareOnClasses(
  target: ClassTarget,
  { decided, margin }: ClassAnswers,
): Promise<Attack | undefined> {
  if (!margin) return undefined;
  const { space, truth, ask, random } = target;
  const rows = truth.length;
  const right = rowsWhere(truth, (row) => decided[row] === truth[row]);
  const points = takePoints(target.points, right, space.columns.length);
  const gain = async (tried: Float64Array, of: Int32Array) => {
    const answers = await ask(tried);
    return Float64Array.from(of, (row, i) => {
      const before = truth[right[row]!]!;
      return answers.decided[i] === before ? -answers.margin!(i, before) : Infinity;
    });
  };
  const found = [{ budget: 0, value: robust(right.length, rows) }];
  let from: Float64Array | undefined;
  for (const budget of BUDGETS) {
    const options = { budget, rounds: SQUARE_ROUNDS, random, enough: Infinity, from };
    const best = await squareSearch(space, points, gain, options);
    from = best.points;
    const left = count(Array.from(best.gains, (one) => one < Infinity));
    found.push({ budget, value: robust(left, rows) });
  }
  return { name: 'square search', points: found };
}

const STEPS = 6;
/** Few, for bounded cost; more features need more to tell the direction. */
const probesFor = ({ movable }: Space): number => Math.min(50, Math.max(20, 2 * movable.length));

/**
 * Distance of each rightly decided row to the nearest other decision found, in standard deviations;
 * infinite where none was found.
 */
export async function boundaryOnClasses(
  target: ClassTarget,
  { decided }: ClassAnswers,
): Promise<{ attack: Attack; distances: Float64Array }> {
  const { space, truth, ask, random } = target;
  const width = space.columns.length;
  const right = rowsWhere(truth, (row) => decided[row] === truth[row]);
  const starts = nearestOthers(space, target.points, decided);
  const reached = right.filter((row) => starts.has(row));
  const from = new Float64Array(reached.length * width);
  for (const [i, row] of reached.entries()) from.set(starts.get(row)!, i * width);
  const points = takePoints(target.points, reached, width);
  const isAdversarial = async (tried: Float64Array, of: Int32Array) => {
    const answers = await ask(tried);
    return Uint8Array.from(of, (row, i) => (answers.decided[i] === truth[reached[row]!] ? 0 : 1));
  };
  const options = { steps: STEPS, probes: probesFor(space), random };
  const found =
    reached.length > 0
      ? await boundarySearch(space, { points, starts: from }, isAdversarial, options)
      : { distances: new Float64Array(0) };
  const distances = new Float64Array(right.length).fill(Infinity);
  distances.set(found.distances);
  const left = [0, ...BUDGETS].map((budget) => ({
    budget,
    value: robust(count(Array.from(distances, (gap) => gap > budget)), truth.length),
  }));
  return { attack: { name: 'boundary search', points: left }, distances };
}

const rowsWhere = (truth: Int32Array, keep: (row: number) => boolean): Int32Array =>
  truth.map((_, row) => row).filter(keep);

import type { Figure } from '#core/figure.ts';
import type { Random } from '#core/random.ts';
import { bootstrapFigures, rowResampling } from '#core/stats/bootstrap.ts';
import { type Ask, BUDGETS, NOISE_REPEATS, SQUARE_ROUNDS } from './answers.ts';
import type { Attack } from './class-attacks.ts';
import { withNoise } from './noise.ts';
import { type Space, takePoints } from './space.ts';
import { squareSearch } from './square.ts';

export interface ValueTarget {
  readonly space: Space;
  readonly points: Float64Array;
  readonly truth: Float64Array;
  readonly ask: Ask<Float64Array>;
  readonly random: Random;
}

/** Noise of each budget: how much larger the mean absolute error gets, 0 for not at all. */
export async function noiseOnValues(target: ValueTarget, clean: Float64Array): Promise<Attack> {
  const { space, points, truth, ask, random } = target;
  const rows = truth.length;
  const copies = new Int32Array(rows * NOISE_REPEATS).map((_, i) => i % rows);
  const repeated = takePoints(points, copies, space.columns.length);
  const found = [{ budget: 0, value: growth(clean, clean, random) }];
  for (const budget of BUDGETS) {
    const values = await ask(withNoise(space, repeated, { budget, random }));
    const errors = new Float64Array(rows);
    for (const [i, value] of values.entries()) {
      errors[i % rows]! += Math.abs(value - truth[i % rows]!) / NOISE_REPEATS;
    }
    found.push({ budget, value: growth(errors, clean, random) });
  }
  return { name: 'noise', points: found };
}

/**
 * Random search for the inputs within each budget with the largest errors: once for answers too
 * high and once for answers too low, as a search for both gets stuck in the lesser.
 */
export async function squareOnValues(target: ValueTarget, clean: Float64Array): Promise<Attack> {
  const { random } = target;
  const high = await squareErrors(target, 1);
  const low = await squareErrors(target, -1);
  const found = BUDGETS.map((budget, b) => {
    const errors = clean.map((_, row) => Math.max(high[b]![row]!, low[b]![row]!));
    return { budget, value: growth(errors, clean, random) };
  });
  const start = { budget: 0, value: growth(clean, clean, random) };
  return { name: 'square search', points: [start, ...found] };
}

/** Largest errors in one direction by budget and row. */
async function squareErrors(target: ValueTarget, sign: 1 | -1): Promise<Float64Array[]> {
  const { space, points, truth, ask, random } = target;
  const gain = async (tried: Float64Array, of: Int32Array) => {
    const values = await ask(tried);
    return values.map((value, i) => sign * (value - truth[of[i]!]!));
  };
  const found: Float64Array[] = [];
  let from: Float64Array | undefined;
  for (const budget of BUDGETS) {
    const options = { budget, rounds: SQUARE_ROUNDS, random, enough: Infinity, from };
    const best = await squareSearch(space, points, gain, options);
    from = best.points;
    found.push(best.gains);
  }
  return found;
}

/** Mean error by mean clean error, minus 1; undefined for a model without errors. */
function growth(errors: Float64Array, clean: Float64Array, random: Random): Figure {
  const { value } = bootstrapFigures(random, rowResampling(errors.length), {
    names: ['value'],
    measure: (weights) => [weighted(errors, weights) / weighted(clean, weights) - 1],
  });
  return { ...(value as Figure), n: errors.length };
}

const weighted = (values: Float64Array, weights: Uint8Array): number =>
  values.reduce((sum, value, row) => sum + value * weights[row]!, 0);

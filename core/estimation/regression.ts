import type { Figures } from '#core/figure.ts';
import { BoostedTrees } from '#core/learn/boosted-trees.ts';
import type { Random } from '#core/random.ts';
import { normalQuantile } from '#core/stats/normal-quantile.ts';

export interface ReferenceErrors {
  /** By column, numbers; what the error may follow from. */
  readonly features: readonly Float64Array[];
  readonly predicted: Float64Array;
  readonly truth: Float64Array;
}

const FOLDS = 5;

/**
 * Error of a regression without labels (direct loss estimation, as NannyML): a second model learns
 * from labelled reference predictions how large the error is where features and prediction are as
 * they are. Holds as long as the relation of inputs and labels does.
 */
export class ErrorEstimator {
  readonly #absolute: LossModel;
  readonly #squared: LossModel;

  /** @param random deals rows into folds, which tell how far single errors are from what is learned */
  constructor({ features, predicted, truth }: ReferenceErrors, random: Random) {
    const inputs = [...features, predicted];
    const errors = truth.map((value, row) => value - (predicted[row] as number));
    const fold = random.shuffle(Uint8Array.from(truth, (_, row) => row % FOLDS));
    this.#absolute = fitLoss(inputs, errors.map(Math.abs), fold);
    this.#squared = fitLoss(
      inputs,
      errors.map((error) => error * error),
      fold,
    );
  }

  /** Mean absolute and squared error and the latter's root, where the realised ones would lie. */
  estimate(features: readonly Float64Array[], predicted: Float64Array, level = 0.95): Figures {
    const inputs = [...features, predicted];
    const [mae, mse] = [this.#absolute, this.#squared].map((model) =>
      meanLoss(model, inputs, level),
    ) as [MeanLoss, MeanLoss];
    const root = {
      value: Math.sqrt(mse.value),
      lower: Math.sqrt(mse.lower),
      upper: Math.sqrt(mse.upper),
    };
    const figure = ({ value, lower, upper }: MeanLoss) => ({
      value,
      interval: { lower, upper, level },
      n: predicted.length,
    });
    return { mae: figure(mae), mse: figure(mse), rmse: figure(root) };
  }
}

interface LossModel {
  readonly trees: BoostedTrees;
  /** Of single losses from what was learned without them. */
  readonly deviation: number;
  /** Behind what was learned. */
  readonly rows: number;
}

function fitLoss(inputs: readonly Float64Array[], loss: Float64Array, fold: Uint8Array): LossModel {
  let squares = 0;
  for (let held = 0; held < FOLDS; held++) {
    const take = (isHeld: boolean) => (values: Float64Array) =>
      values.filter((_, row) => (fold[row] === held) === isHeld);
    const trees = new BoostedTrees(inputs.map(take(false)), take(false)(loss), { loss: 'squared' });
    const learned = trees.predict(inputs.map(take(true)));
    const actual = take(true)(loss);
    for (let row = 0; row < actual.length; row++) {
      squares += ((actual[row] as number) - (learned[row] as number)) ** 2;
    }
  }
  const trees = new BoostedTrees(inputs, loss, { loss: 'squared' });
  return { trees, deviation: Math.sqrt(squares / loss.length), rows: loss.length };
}

interface MeanLoss {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

/** Losses scatter about what is learned in the window and, when it was learned, in the reference. */
function meanLoss(
  { trees, deviation, rows }: LossModel,
  inputs: readonly Float64Array[],
  level: number,
): MeanLoss {
  const losses = trees.predict(inputs);
  const value = Math.max(0, losses.reduce((sum, loss) => sum + loss, 0) / losses.length);
  const reach =
    normalQuantile((1 + level) / 2) * deviation * Math.sqrt(1 / losses.length + 1 / rows);
  return { value, lower: Math.max(0, value - reach), upper: value + reach };
}

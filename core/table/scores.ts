/** What a classifier said of each row. */
export interface ClassScores {
  readonly kind: 'classes';
  /** In the order of the probabilities. */
  readonly classes: readonly string[];
  /** Position of the predicted class by row. */
  readonly predicted: Int32Array;
  /** Row-major, rows × classes; absent where the model gives labels only. */
  readonly probabilities: Float64Array | undefined;
}

/** What a regressor said of each row. */
export interface ValueScores {
  readonly kind: 'values';
  readonly values: Float64Array;
}

export type Scores = ClassScores | ValueScores;

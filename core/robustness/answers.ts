/** What a classifier decided, and how far each decision is from tipping over. */
export interface ClassAnswers {
  /** Position of the class by row. */
  readonly decided: Int32Array;
  /**
   * How strongly the model holds to a class for a row; the smaller, the nearer to another decision.
   * Absent where the model gives labels only.
   */
  readonly margin: ((row: number, decided: number) => number) | undefined;
}

/** Answers all points in one call. */
export type Ask<A> = (points: Float64Array) => Promise<A>;

/** Standard deviations of each feature that an input may be moved by. */
export const BUDGETS: readonly number[] = [0.1, 0.25, 0.5, 1];
/** What figures are given at. */
export const DEFAULT_BUDGET = 0.25;

/** How often noise is drawn for each row and budget. */
export const NOISE_REPEATS = 5;
/** Proposals of a square search by budget. */
export const SQUARE_ROUNDS = 40;

/** Where a figure lies with the given probability. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
  /** Coverage, such as 0.95. */
  readonly level: number;
}

/** One measured value, with what is known of its certainty. */
export interface Figure {
  /** Null where the data leave it undefined, such as the ROC AUC of a single class. */
  readonly value: number | null;
  readonly interval?: Interval | undefined;
  /** Observations behind it. */
  readonly n?: number | undefined;
}

export type Figures = Record<string, Figure>;

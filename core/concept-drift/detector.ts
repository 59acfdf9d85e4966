/** What a detector says of the value it was last given. */
export type Status = 'stable' | 'warning' | 'drift';

/**
 * Watches a stream, such as the errors of a model in the order of their requests. What it keeps is
 * plain JSON of bounded size: `toJSON()` here and `from` in the class go on where another process
 * left off. After a drift it begins anew with the next value.
 */
export interface Detector<Value extends number = number> {
  readonly status: Status;
  update(value: Value): Status;
  toJSON(): unknown;
}

/** 1: the prediction was wrong; 0: it was right. */
export type ErrorBit = 0 | 1;

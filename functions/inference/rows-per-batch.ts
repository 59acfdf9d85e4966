const BATCH_ROWS = 4_096;
const BATCH_VALUES = 2 ** 20;

/** Enough rows that calls do not count, few enough that a batch stays near the processor. */
export const rowsPerBatch = (valuesPerRow: number): number =>
  Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_VALUES / valuesPerRow)));

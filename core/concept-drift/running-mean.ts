/** Of the values so far, in the order of operations of River's `stats.Mean`. */
export interface RunningMean {
  n: number;
  mean: number;
}

export const emptyMean = (): RunningMean => ({ n: 0, mean: 0 });

export function addToMean(state: RunningMean, value: number): void {
  state.n++;
  state.mean += (1 / state.n) * (value - state.mean);
}

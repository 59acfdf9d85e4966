import type { Run } from '../api/mlflow.ts';
import { valueOfRun } from './run-columns.ts';

export interface Dot {
  readonly run: Run;
  readonly x: number;
  readonly y: number;
}

/** Runs with numbers for both columns, from left to right; on log scales, those above zero. */
export function dotsOf(runs: readonly Run[], x: string, y: string, log: boolean): Dot[] {
  const isDrawn = (value: number) => Number.isFinite(value) && !(log && value <= 0);
  return runs
    .map((run) => ({ run, x: numberOf(run, x), y: numberOf(run, y) }))
    .filter((dot) => isDrawn(dot.x) && isDrawn(dot.y))
    .sort((a, b) => a.x - b.x || a.y - b.y);
}

function numberOf(run: Run, column: string): number {
  const value = valueOfRun(run, column);
  return value === undefined || value === '' ? Number.NaN : Number(value);
}

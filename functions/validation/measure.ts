import { type Latency, summariseTimes } from '#core/performance/latency.ts';

/** Milliseconds on a clock that never goes back. */
export type Clock = () => number;

export interface Effort {
  readonly rows: number;
  /** Different requests of that size, taken in turn so that no branch is learnt by heart. */
  readonly bodies: readonly string[];
  readonly samples: number;
}

const LEAST_SAMPLES = 5;
const BUDGET_MS = 3_000;

/** Times so many calls one after the other, fewer where they take long; a tenth before warms up. */
export async function timeCalls(
  call: (body: string) => Promise<unknown>,
  { rows, bodies, samples }: Effort,
  clock: Clock,
): Promise<Latency> {
  const warmups = Math.ceil(samples / 10);
  const times: number[] = [];
  const started = clock();
  for (let i = 0; i < warmups + samples; i++) {
    const before = clock();
    await call(bodies[i % bodies.length] as string);
    const after = clock();
    if (i >= warmups || after - started > BUDGET_MS) times.push(after - before);
    if (after - started > BUDGET_MS && times.length >= LEAST_SAMPLES) break;
  }
  return summariseTimes(rows, times);
}

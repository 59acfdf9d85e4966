import { setTimeout as delay } from 'node:timers/promises';
import { errorFields, logLine } from '../host.ts';

type Log = (line: string) => void;

/** The first may be one that is under way, and has not seen what came since. */
export async function twice(run: () => Promise<void>): Promise<void> {
  await run();
  await run();
}

export async function orLog(run: () => Promise<void>, log: Log): Promise<void> {
  try {
    await run();
  } catch (error) {
    log(logLine('error', 'what was gathered could not be written', errorFields(error)));
  }
}

/** Again and again, a little early or late, so that devices do not come all at once. */
export function repeat(
  run: () => Promise<void>,
  seconds: number,
  log: Log,
  atOnce = false,
): AbortController {
  const control = new AbortController();
  const { signal } = control;
  const loop = async () => {
    if (atOnce) await orLog(run, log);
    while (!signal.aborted) {
      const wait = seconds * 1000 * (0.9 + Math.random() * 0.2);
      await delay(wait, undefined, { signal, ref: false });
      await orLog(run, log);
    }
  };
  // It ends by its signal alone.
  loop().catch(() => {});
  return control;
}

import { setImmediate } from 'node:timers/promises';

/**
 * Runs a command that Ctrl-C or SIGTERM may end: `stop` tidies up, once, and gives the exit code.
 * What fails because it is being stopped is no failure.
 */
export async function interruptible(
  run: () => Promise<void>,
  stop: () => Promise<number>,
): Promise<void> {
  let stopping: Promise<never> | undefined;
  const end = async () => process.exit(await stop());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stopping ??= end();
    });
  }
  try {
    await run();
  } catch (error) {
    // A signal that has ended a child process as well is handled in the next turn of the loop.
    await setImmediate();
    await stopping;
    throw error;
  }
}

import { AppError } from '#core/errors.ts';
import { isRunnable, missingOf } from '#core/reproduction/missing.ts';
import { scriptOf } from '#core/reproduction/script.ts';
import { MAX_INPUT_BYTES, stateInputOf } from '#core/reproduction/state-input.ts';
import { readKnown } from './record.ts';
import type { NewReproduction, Reproduction } from './schema.ts';

/**
 * What it takes to run a run again, and what is missing for it.
 * @throws AppError `not-found`; `unprocessable` for more than Step Functions takes
 */
export async function reproduce(
  id: string,
  { workspace, format }: NewReproduction,
): Promise<Reproduction> {
  const { facts } = await readKnown(workspace, id);
  const missing = missingOf(facts);
  const script = scriptOf(facts, missing);
  const about = { run: facts.run, workspace, format, runnable: isRunnable(missing), missing };
  if (format === 'script') return { ...about, script };
  const input = stateInputOf(facts, script);
  const bytes = Buffer.byteLength(JSON.stringify(input));
  if (bytes <= MAX_INPUT_BYTES) return { ...about, input: { ...input, data: [...input.data] } };
  throw new AppError(
    'unprocessable',
    `the input has ${bytes} bytes, and Step Functions takes ${MAX_INPUT_BYTES}: ask for the format "script"`,
  );
}

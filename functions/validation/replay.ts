import { AppError } from '#core/errors.ts';
import { deviationOf, worstOf } from '#core/signature/deviation.ts';
import type { GoldenSample } from '#core/signature/golden.ts';
import type { Signature } from '#core/signature/schema.ts';
import type { Evidence } from './evidence.ts';
import type { ServedOutput, Serving } from './serving.ts';

type GoldenEvidence = NonNullable<Evidence<'contract'>['golden']>;

/** Sends a golden sample through serving and compares the answers with the framework's. */
export async function replayGolden(
  serving: Serving,
  { outputs: specs }: Signature,
  { inputs, outputs, tolerance }: GoldenSample,
): Promise<Omit<GoldenEvidence, 'rows'> | { readonly refused: string }> {
  let served: readonly ServedOutput[];
  try {
    served = await serving.infer(JSON.stringify({ inputs }));
  } catch (error) {
    if (error instanceof AppError) return { refused: error.message };
    throw error;
  }
  const byOutput = outputs.map(({ name, data }) => {
    const isLabel = specs.some((spec) => spec.name === name && spec.role === 'label');
    const given = served.find((output) => output.name === name)?.data ?? [];
    return { output: name, ...deviationOf(data.flat(16), given, isLabel) };
  });
  const worst = worstOf(byOutput);
  const within = worst.differing === 0 && worst.largestDeviation <= tolerance;
  return { ...worst, tolerance, within, byOutput };
}

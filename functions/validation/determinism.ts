import { AppError } from '#core/errors.ts';
import { deviationOf, worstOf } from '#core/signature/deviation.ts';
import type { NamedTensor } from '#core/signature/generate.ts';
import { makePlan } from '#core/signature/plan.ts';
import type { Signature } from '#core/signature/schema.ts';
import type { Evidence } from './evidence.ts';
import { requestBody, type ServedOutput, type Serving } from './serving.ts';
import { rowOf, rowsOf } from './tensor-rows.ts';

type Determinism = Omit<NonNullable<Evidence<'contract'>['determinism']>, 'inputs'>;
type Answer = readonly ServedOutput[];

/**
 * Asks the same twice, and all rows at once and one by one. Rows that serving refuses are left out.
 *
 * @returns undefined where it refuses all of them
 */
export async function examineDeterminism(
  serving: Serving,
  signature: Signature,
  inputs: readonly NamedTensor[],
): Promise<Determinism | undefined> {
  const { batched } = makePlan(signature);
  const singles = batched ? splitRows(inputs) : [inputs];
  const answered: { readonly inputs: readonly NamedTensor[]; readonly answer: Answer }[] = [];
  for (const single of singles) {
    const answer = await ask(serving, single);
    if (answer) answered.push({ inputs: single, answer });
  }
  if (answered.length === 0) return undefined;
  const body = requestBody(rowsOf(answered.map((single) => single.inputs)));
  const [first, second] = [await serving.infer(body), await serving.infer(body)];
  const joined = first.map(({ name }) => ({
    name,
    data: answered.flatMap(({ answer }) => answer.find((o) => o.name === name)?.data ?? []),
  }));
  return {
    rows: answered.length,
    repeat: agreement(first, second),
    batch: agreement(first, joined),
  };
}

function splitRows(inputs: readonly NamedTensor[]): NamedTensor[][] {
  const rows = inputs[0]?.shape[0] ?? 0;
  return Array.from({ length: rows }, (_, row) => inputs.map((input) => rowOf(input, row)));
}

async function ask(serving: Serving, inputs: readonly NamedTensor[]): Promise<Answer | undefined> {
  try {
    return await serving.infer(requestBody(inputs));
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

interface Named {
  readonly name: string;
  readonly data: readonly unknown[];
}

function agreement(expected: readonly Named[], given: readonly Named[]) {
  const deviations = expected.map(({ name, data }) =>
    deviationOf(data, given.find((output) => output.name === name)?.data ?? []),
  );
  const worst = worstOf(deviations);
  return { ...worst, identical: worst.differing === 0 && worst.largestDeviation === 0 };
}

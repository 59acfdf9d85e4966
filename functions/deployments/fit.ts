import * as z from 'zod';
import { AppError, type FieldError } from '#core/errors.ts';
import { featuresOf } from '#core/signature/complete.ts';
import type { Signature, TensorSpec } from '#core/signature/schema.ts';
import { positiveInteger, readEnv } from '#shared/env.ts';
import type { Endpoint, ServingVariant, ServingVersion } from './schema.ts';

/** A third of the serving function's default memory: the runtime needs the file and its tensors. */
const DEFAULT_MAX_SERVED_BYTES = 600 * 2 ** 20;

interface Parts {
  readonly variants: readonly ServingVariant[];
  readonly shadows: readonly ServingVersion[];
}

/**
 * Whether the versions can stand behind one name together: callers do not choose which of them
 * answers, and all are in memory at the same time.
 *
 * @param serving what the endpoint serves already: where no model comes in, sizes need no look, so
 * that other functions can move weights without knowing how much memory there is
 * @throws AppError `unprocessable` or `invalid`, naming the fields
 */
export function checkFit(
  parts: Parts & { readonly name: string },
  { capture }: Pick<Endpoint, 'capture'>,
  serving?: Parts,
): void {
  const files = filesOf(parts);
  const loaded = serving && filesOf(serving);
  if (![...files.keys()].every((sha256) => loaded?.has(sha256))) checkSize(parts, files);
  const problems = [...differentInputs(parts), ...unknownFields(parts, capture)];
  const [first] = problems;
  if (!first) return;
  throw new AppError('invalid', `${first.field}: ${first.message}`, { fields: problems });
}

const Limits = z.object({
  SKIFF_MAX_SERVED_BYTES: positiveInteger(DEFAULT_MAX_SERVED_BYTES),
  /** By endpoint, of functions that serve only one (JSON). */
  SKIFF_DEDICATED_SERVED_BYTES: z.string().default('{}'),
});

/** Sizes by digest, each file once. */
const filesOf = ({ variants, shadows = [] }: Parts): Map<string, number> =>
  new Map(
    [...variants, ...shadows].flatMap(({ artifact }) =>
      artifact ? [[artifact.sha256, artifact.sizeBytes] as const] : [],
    ),
  );

function checkSize(
  { name, variants, shadows }: Parts & { readonly name: string },
  files: ReadonlyMap<string, number>,
): void {
  const { SKIFF_MAX_SERVED_BYTES, SKIFF_DEDICATED_SERVED_BYTES } = readEnv(Limits);
  const dedicated = JSON.parse(SKIFF_DEDICATED_SERVED_BYTES) as Record<string, number>;
  const limit = Object.hasOwn(dedicated, name)
    ? (dedicated[name] as number)
    : SKIFF_MAX_SERVED_BYTES;
  const total = [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (total <= limit) return;
  const only = variants.find(({ artifact }) => artifact) ?? shadows[0];
  const what =
    files.size === 1
      ? `version ${only?.version} of "${only?.model}" has`
      : `the ${files.size} models together have`;
  throw new AppError(
    'unprocessable',
    `${what} ${total} bytes, the serving function takes ${limit}: give it more memory in infra/config.ts`,
  );
}

function differentInputs({ variants, shadows }: Parts): FieldError[] {
  const [first] = variants as [ServingVariant];
  const all = [
    ...variants.map((one, i) => ({ one, field: `variants[${i}]` })),
    ...shadows.map((one, i) => ({ one, field: `shadows[${i}]` })),
  ];
  return all.flatMap(({ one, field }) => {
    const difference = differenceOf(first.signature, one.signature);
    if (difference === undefined) return [];
    const message = `takes other inputs than variant "${first.name}" (${difference}): one request must suit all`;
    return [{ field, message }];
  });
}

function differenceOf(left: Signature, right: Signature): string | undefined {
  const [a, b] = [left, right].map(({ inputs }) => inputs.map(tensorText).sort()) as [
    string[],
    string[],
  ];
  const tensor = b.find((text) => !a.includes(text)) ?? a.find((text) => !b.includes(text));
  if (tensor !== undefined) return tensor;
  const [c, d] = [left, right].map((s) => (featuresOf(s) ?? []).map(({ name }) => name)) as [
    string[],
    string[],
  ];
  const column = d.find((name) => !c.includes(name)) ?? c.find((name) => !d.includes(name));
  return column === undefined ? undefined : `column "${column}"`;
}

/** Names of open axes do not matter. */
const tensorText = ({ name, datatype, shape }: TensorSpec): string => {
  const sizes = shape.map((size) => (typeof size === 'number' && size >= 0 ? size : '?'));
  return `"${name}" ${datatype} [${sizes.join(', ')}]`;
};

function unknownFields({ variants }: Parts, capture: Endpoint['capture']): FieldError[] {
  const known = new Set(
    variants.flatMap(({ signature }) => [
      ...signature.inputs.map(({ name }) => name),
      ...signature.outputs.map(({ name }) => name),
      ...(featuresOf(signature) ?? []).map(({ name }) => name),
    ]),
  );
  return (['mask', 'drop'] as const).flatMap((list) =>
    capture[list].flatMap((name, i) => {
      if (known.has(name)) return [];
      const message = `no variant has an input, column or output "${name.slice(0, 64)}"`;
      return [{ field: `capture.${list}[${i}]`, message }];
    }),
  );
}

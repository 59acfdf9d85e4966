import * as z from 'zod';
import { isWeight, MAX_VARIANTS } from '#core/routing/slots.ts';
import { Signature } from '#core/signature/schema.ts';
import { AliasName, ModelAlias, ModelName, VersionNumber } from '#slices/registry';
import { checkSpec } from './spec-rules.ts';

export const EndpointName = AliasName;

/** Without dots, so that it can be read from a prediction id. */
const VariantName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,62}$/,
    'must be 1 to 63 of a-z 0-9 _ - and begin with a letter or digit',
  );

const served = {
  model: ModelName,
  version: VersionNumber.optional(),
  alias: ModelAlias.optional().describe('Resolved now and pinned'),
};

const SageMakerName = z
  .string()
  .regex(
    /^[a-zA-Z0-9](-?[a-zA-Z0-9]){0,62}$/,
    'must be 1 to 63 letters, digits and single hyphens',
  );

/** An endpoint of Amazon SageMaker that runs the model in our place. */
const SageMakerTarget = z.strictObject({
  endpointName: SageMakerName,
  targetVariant: SageMakerName.optional(),
  inferenceComponent: SageMakerName.optional(),
  contentType: z
    .enum(['application/json', 'text/csv'])
    .default('application/json')
    .describe('JSON is the Open Inference Protocol, CSV has no header'),
  timeoutMs: z.int().min(100).max(25_000).default(5_000),
});
const eitherVersionOrAlias = (v: { version?: number | undefined; alias?: string | undefined }) =>
  (v.version === undefined) !== (v.alias === undefined);
const EITHER = { error: 'give either version or alias', path: ['version'] };

const Weight = z
  .number()
  .refine(isWeight, { error: 'must be a percentage from 0 to 100 with one decimal at most' });

const NewVariant = z
  .strictObject({
    name: VariantName.default('default'),
    ...served,
    model: ModelName.optional(),
    sagemaker: SageMakerTarget.optional().describe('Where the model runs, if not here'),
    signature: Signature.optional().describe(
      'What a SageMaker endpoint takes and gives, in the place of model and version',
    ),
    weight: Weight.optional().describe(
      'Percent of the traffic, in tenths; may be left out of a single variant',
    ),
  })
  .superRefine((variant, context) => {
    const say = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    const { signature, sagemaker, model } = variant;
    if (signature && !sagemaker) say('signature', 'is that of the version: leave it out');
    if (signature && (model ?? variant.version ?? variant.alias) !== undefined) {
      say('signature', 'give either signature or model and version');
    }
    if (signature) return;
    if (model === undefined) say('model', 'is missing');
    else if (!eitherVersionOrAlias(variant)) say('version', EITHER.error);
  });

const NewShadow = z
  .strictObject({ name: VariantName, ...served })
  .refine(eitherVersionOrAlias, EITHER);

export const Strategy = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('weighted') }),
  z.strictObject({
    kind: z.literal('bandit'),
    floor: z.number().min(0).max(50).describe('Percent that each variant gets at least'),
    reward: z
      .enum(['value', 'label-match'])
      .describe('The value of feedback, or whether its label is the predicted one'),
  }),
]);

const HEADER = /^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/;

/** By what a caller stays with a variant. */
export const StickyUnit = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('header'),
    name: z
      .string()
      .toLowerCase()
      .regex(HEADER, 'must be the name of an HTTP header')
      .refine((name) => name !== 'authorization' && name !== 'cookie', {
        error: 'is a secret: choose a header that names the unit, like x-customer-id',
      }),
  }),
  z.strictObject({ kind: z.literal('field'), name: z.string().min(1).max(256) }),
  z.strictObject({ kind: z.literal('request') }),
]);

const FieldNames = z
  .array(z.string().min(1).max(512))
  .max(1000)
  .refine((names) => new Set(names).size === names.length, { error: 'names a field twice' });

/** What is kept of predictions. */
export const Capture = z.strictObject({
  share: z.number().min(0).max(1).default(0).describe('Of the requests, from 0 to 1'),
  mask: FieldNames.default([]).describe(
    'Features or outputs of which it is only kept whether there was a value',
  ),
  drop: FieldNames.default([]).describe('Features or outputs that are not kept'),
});

const MAX_SHADOWS = 5;

export const EndpointSpec = z
  .strictObject({
    variants: z.array(NewVariant).min(1).max(MAX_VARIANTS),
    shadows: z.array(NewShadow).max(MAX_SHADOWS).default([]),
    strategy: Strategy.default({ kind: 'weighted' }),
    stickyUnit: StickyUnit.default({ kind: 'request' }),
    capture: Capture.default({ share: 0, mask: [], drop: [] }),
    description: z.string().max(10_000).default(''),
    force: z
      .strictObject({ reason: z.string().min(1).max(10_000) })
      .optional()
      .describe('Serves what was not approved; needs the scope admin and is on record'),
  })
  .superRefine((spec, context) =>
    checkSpec(spec, (path, message) => context.addIssue({ code: 'custom', path, message })),
  )
  .transform(({ variants, ...spec }) => ({
    ...spec,
    variants: variants.map((variant) => ({ ...variant, weight: variant.weight ?? 100 })),
  }));

export const Rollback = z.strictObject({
  revision: z.int().positive().optional().describe('The last healthy one where it is left out'),
  reason: z.string().min(1).max(10_000).optional(),
});

export const Weights = z.strictObject({
  weights: z.record(z.string(), Weight).describe('Percent by variant; those not named keep theirs'),
  reason: z.string().min(1).max(10_000).optional(),
});

const Version = z.object({
  name: z.string(),
  model: z.string(),
  version: z.int().nonnegative().describe('0: not a version of the registry'),
  alias: z.string().optional(),
});
const Variant = Version.extend({
  weight: z.number(),
  sagemaker: SageMakerTarget.optional(),
  signature: Signature.optional(),
});

export const Endpoint = z.object({
  name: z.string(),
  description: z.string(),
  variants: z.array(Variant),
  shadows: z.array(Version).default([]),
  strategy: Strategy.default({ kind: 'weighted' }),
  stickyUnit: StickyUnit.default({ kind: 'request' }),
  capture: Capture.default({ share: 0, mask: [], drop: [] }),
  forced: z
    .object({ reason: z.string(), actor: z.string() })
    .optional()
    .describe('Someone put it live without the approval of every version'),
  reason: z.string().optional().describe('Why this revision was made, where something said so'),
  stepFrom: z
    .int()
    .optional()
    .describe('A step of a rollout or an experiment that began at this revision'),
  restoredFrom: z.int().optional().describe('A rollback restored this revision'),
  rolledBackFrom: z.int().optional().describe('The revision that the rollback replaced'),
  revision: z.int().positive(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  updatedBy: z.string(),
});

/** What the prediction path needs of a version, so that one read is enough. */
const ServingVersion = z.object({
  name: z.string(),
  model: z.string(),
  version: z.int().nonnegative(),
  artifact: z.object({ sha256: z.string(), sizeBytes: z.int() }),
  signature: Signature,
});
/** With an artifact that is loaded here, or a place where it runs. */
const ServingVariant = ServingVersion.extend({
  weight: z.number(),
  artifact: ServingVersion.shape.artifact.optional(),
  sagemaker: SageMakerTarget.optional(),
});

export const ServingEndpoint = z.object({
  name: z.string(),
  revision: z.int().positive(),
  updatedAt: z.iso.datetime(),
  variants: z.array(ServingVariant),
  /** Where there are several variants: see core/routing/slots.ts. */
  slots: z.string().optional(),
  shadows: z.array(ServingVersion),
  strategy: Strategy,
  stickyUnit: StickyUnit,
  capture: Capture,
});

export type EndpointSpec = z.infer<typeof EndpointSpec>;
export type Endpoint = z.infer<typeof Endpoint>;
export type SageMakerTarget = z.infer<typeof SageMakerTarget>;
export type ServingVersion = z.infer<typeof ServingVersion>;
export type ServingVariant = z.infer<typeof ServingVariant>;
export type ServingEndpoint = z.infer<typeof ServingEndpoint>;

import * as z from 'zod';
import { Signature } from '#core/signature/schema.ts';
import { AliasName, ModelName, VersionNumber } from '#slices/registry';

export const EndpointName = AliasName;

/** Which version gets which share of the traffic: for now one gets all of it. */
const NewVariant = z
  .strictObject({
    name: AliasName.default('default'),
    model: ModelName,
    version: VersionNumber.optional(),
    alias: AliasName.optional().describe('Resolved now and pinned'),
    weight: z.literal(100).default(100),
  })
  .refine((v) => (v.version === undefined) !== (v.alias === undefined), {
    error: 'give either version or alias',
    path: ['version'],
  });

export const EndpointSpec = z.strictObject({
  variants: z
    .array(NewVariant)
    .min(1)
    .max(1, 'splitting traffic is not possible yet: give one variant'),
  description: z.string().max(10_000).default(''),
  force: z
    .strictObject({ reason: z.string().min(1).max(10_000) })
    .optional()
    .describe('Serves what was not approved; needs the scope admin and is on record'),
});

const Variant = z.object({
  name: z.string(),
  model: z.string(),
  version: z.int().positive(),
  alias: z.string().optional(),
  weight: z.number(),
});

export const Endpoint = z.object({
  name: z.string(),
  description: z.string(),
  variants: z.array(Variant),
  forced: z
    .object({ reason: z.string(), actor: z.string() })
    .optional()
    .describe('Someone put it live without the approval of every version'),
  revision: z.int().positive(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  updatedBy: z.string(),
});

/** What the prediction path needs of a variant, so that one read is enough. */
const ServingVariant = z.object({
  name: z.string(),
  weight: z.number(),
  model: z.string(),
  version: z.int().positive(),
  artifact: z.object({ sha256: z.string(), sizeBytes: z.int() }),
  signature: Signature,
});

export const ServingEndpoint = z.object({
  name: z.string(),
  revision: z.int().positive(),
  updatedAt: z.iso.datetime(),
  variants: z.array(ServingVariant),
});

export type EndpointSpec = z.infer<typeof EndpointSpec>;
export type Endpoint = z.infer<typeof Endpoint>;
export type ServingVariant = z.infer<typeof ServingVariant>;
export type ServingEndpoint = z.infer<typeof ServingEndpoint>;

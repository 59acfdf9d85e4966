import * as z from 'zod';
import { isWeight } from '#core/routing/slots.ts';
import { EndpointName } from '#slices/deployments';
import { PageQuery } from '#slices/registry';

export const OfEndpoint = z.strictObject({ endpoint: EndpointName });
export const OfBundle = OfEndpoint.extend({
  revision: z.coerce.number().int().min(1).max(999_999_999),
});
export { PageQuery as BundlesQuery };

const Percent = z
  .number()
  .refine(isWeight, { error: 'must be a percentage from 0 to 100 with one decimal at most' })
  .describe('Percent of the devices that are offered it; who they are stays as it grows');

export const NewBundle = z.strictObject({ rollout: Percent.default(100) });
export const BundleRollout = z.strictObject({ rollout: Percent });

export const Bundle = z.object({
  endpoint: z.string(),
  revision: z.int().positive().describe('Of the endpoint; there is one bundle of each'),
  rollout: z.number(),
  sha256: z.string().describe('Of the archive'),
  sizeBytes: z.int().positive(),
  manifestSha256: z.string().describe('Of the signed list of its files'),
  keyId: z.string().describe('Which key has signed it: GET /api/v1/bundle-key'),
  variants: z.array(
    z.object({
      name: z.string(),
      model: z.string(),
      version: z.int().positive(),
      weight: z.number(),
      goldenSample: z.boolean().describe('Whether its self-test compares answers'),
      reference: z.boolean().describe('Whether it holds the profile of the training data'),
    }),
  ),
  changes: z.int().positive().describe('Counts changes of this record: the ETag'),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  updatedAt: z.iso.datetime(),
});

export const DownloadableBundle = Bundle.extend({
  url: z.string().describe('Of the archive, for a quarter of an hour'),
  expiresAt: z.iso.datetime(),
});

export const BundleKey = z.object({
  algorithm: z.literal('Ed25519'),
  keyId: z.string(),
  publicKey: z.string().describe('PEM: what devices hold against the signature of a bundle'),
});

export type NewBundle = z.infer<typeof NewBundle>;
export type Bundle = z.infer<typeof Bundle>;
export type DownloadableBundle = z.infer<typeof DownloadableBundle>;
export type BundleKey = z.infer<typeof BundleKey>;

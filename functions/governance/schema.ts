import * as z from 'zod';
import { FLAWS, type Flaw } from '#core/audit/chain.ts';

/** Who did what to what, when, from what to what. Append only. */
export const AuditEntry = z.object({
  id: z.string().describe('ULID: entries sort by time'),
  at: z.iso.datetime(),
  actor: z.string(),
  action: z.string().describe('Such as "alias.move"'),
  resource: z.string().describe('Such as "model/fraud"'),
  before: z.record(z.string(), z.unknown()).optional(),
  after: z.record(z.string(), z.unknown()).optional(),
  requestId: z.string().optional(),
  chain: z
    .object({ sequence: z.int().positive(), previous: z.string(), hash: z.string() })
    .optional()
    .describe('Its place in the chain of hashes; some seconds after it was written'),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditQuery = z.strictObject({
  resource: z
    .string()
    .regex(
      /^(model|endpoint|policy|dataset|token|job|experiment|run)\/.+$/,
      'give kind and name, such as "model/fraud"',
    )
    .max(300)
    .optional(),
  actor: z.string().max(128).optional(),
  action: z.string().max(64).optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(2048).optional(),
});
export type AuditQuery = z.infer<typeof AuditQuery>;

export const AuditPage = z.object({
  items: z.array(AuditEntry),
  nextCursor: z.string().optional(),
});

export const VerificationQuery = z
  .strictObject({
    sequence: z.coerce.number().int().min(1).max(999_999_999).optional(),
    hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional()
      .describe('Of the link with that sequence, as it was kept elsewhere'),
    limit: z.coerce.number().int().min(1).max(2000).default(1000),
    cursor: z.string().max(100).optional(),
  })
  .refine(({ sequence, hash }) => (sequence === undefined) === (hash === undefined), {
    error: 'give sequence and hash together',
    path: ['hash'],
  });
export type VerificationQuery = z.infer<typeof VerificationQuery>;

export const Verification = z.object({
  status: z
    .enum(['intact', 'broken', 'unfinished'])
    .describe('unfinished: nothing wrong so far, go on with nextCursor'),
  checked: z.int().nonnegative().describe('Links or entries that this call looked at'),
  pending: z.int().nonnegative().describe('New entries that are not part of the chain yet'),
  head: z
    .object({ sequence: z.int().nonnegative(), hash: z.string() })
    .describe('The last link: keep it elsewhere, and give it to a later verification'),
  broken: z
    .object({
      flaw: z.enum(Object.keys(FLAWS) as [Flaw, ...Flaw[]]),
      detail: z.string(),
      sequence: z.int().positive().optional(),
      entry: z.string().optional(),
    })
    .optional()
    .describe('The first thing that is wrong'),
  nextCursor: z.string().optional(),
});
export type Verification = z.infer<typeof Verification>;

import * as z from 'zod';

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
});
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditQuery = z.strictObject({
  resource: z
    .string()
    .regex(
      /^(model|endpoint|policy|dataset|token)\/.+$/,
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

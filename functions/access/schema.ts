import * as z from 'zod';
import { SCOPES } from '#shared/http.ts';

export const TokenRecord = z.object({
  id: z.string(),
  /** Who or what uses the token: the actor in the audit log. */
  name: z.string().min(1).max(128),
  scopes: z.array(z.enum(SCOPES)).min(1),
  salt: z.string(),
  /** SHA-256 over salt and secret, hex. The secret is random, so that a slow hash adds nothing. */
  hash: z.string().length(64),
  createdAt: z.iso.datetime(),
});
export type TokenRecord = z.infer<typeof TokenRecord>;

export const NewToken = TokenRecord.pick({ name: true, scopes: true }).strict();
export type NewToken = z.infer<typeof NewToken>;

/** Who is calling, as the authoriser tells the functions behind it. */
export interface Caller {
  readonly actor: string;
  readonly scopes: readonly string[];
}

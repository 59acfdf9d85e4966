import * as z from 'zod';
import { SCOPES } from '#core/access/scopes.ts';
import { WORKSPACE } from '#core/tracking/workspace.ts';
import { AliasName, ModelName } from '#slices/registry';

/** Without ":", which stands in the names of callers from elsewhere (`corp:alice`). */
const Name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9 ._@+/-]{0,127}$/,
    'must be 1 to 128 of A-Z a-z 0-9 space . _ @ + / - and begin with a letter or digit',
  );

/** A name, or the beginning of names followed by `*`. */
const patternOf = (name: z.ZodType<string>) =>
  z.string().refine((text) => text === '*' || name.safeParse(text.replace(/\*$/, '')).success, {
    error: 'must be a name, or how names begin followed by "*"',
  });
const Models = z.array(patternOf(ModelName).max(250)).max(50);
const Endpoints = z.array(patternOf(AliasName).max(64)).max(50);
const Workspaces = z.array(patternOf(z.string().regex(WORKSPACE)).max(64)).max(50);

const about = {
  name: Name.describe('Who or what uses the token: the actor in the audit log'),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  models: Models.optional().describe(
    'The only models it reaches; "team-*" stands for all that begin so',
  ),
  endpoints: Endpoints.optional().describe('The only endpoints it reaches, likewise'),
  workspaces: Workspaces.optional().describe('The only workspaces of MLflow clients, likewise'),
  expires: z.iso.datetime().optional().describe('When it ends; never where it is left out'),
};

const LIMITS = ['models', 'endpoints', 'workspaces'] as const;

export const NewToken = z.strictObject(about).superRefine((wanted, context) => {
  const limit = LIMITS.find((kind) => wanted[kind] !== undefined);
  if (limit === undefined || !wanted.scopes.includes('admin')) return;
  const message = 'cannot be limited in a token with the scope "admin"';
  context.addIssue({ code: 'custom', message, path: [limit] });
});
export type NewToken = z.infer<typeof NewToken>;

/** What is told of a token: never its text, nor the hash of it. */
export const Token = z.object({
  ...about,
  id: z.string(),
  prefix: z.string().describe('How its text begins, to know it by'),
  status: z.enum(['active', 'expired', 'revoked']),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  lastUsedAt: z.iso.datetime().optional().describe('To within some minutes'),
  revokedAt: z.iso.datetime().optional(),
  revokedBy: z.string().optional(),
});
export type Token = z.infer<typeof Token>;

export const CreatedToken = Token.extend({
  token: z.string().describe('Shown this once'),
});

/** What is stored. Parsed loosely: the authoriser must not refuse what the rules of names become. */
export interface TokenRecord extends Omit<Token, 'status' | 'prefix'> {
  readonly salt: string;
  /** SHA-256 over salt and secret, hex. The secret is random, so that a slow hash adds nothing. */
  readonly hash: string;
}

import * as z from 'zod';
import { SCOPES, type Scope } from '#core/access/scopes.ts';

/** TLS, but to this machine. */
export const Address = z
  .url({ protocol: /^https?$/ })
  .max(2048)
  .refine((url) => /^https:|^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(url), {
    error: 'must begin with https://',
  });
const Claim = z.string().min(1).max(256);

/** `skiff/read` and so on, as the resource server of a user pool would name them. */
const OWN_NAMES: Record<string, Scope[]> = Object.fromEntries(
  SCOPES.map((scope) => [`skiff/${scope}`, [scope]]),
);

/** Whose JWTs are taken, for whom they must be, and what their claims give. */
export const Issuer = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
    .describe('Stands before the names of its callers in the audit log: "corp:alice"'),
  issuer: Address.describe('The `iss` of its tokens, to the letter'),
  jwksUri: Address.optional().describe('Found by OpenID Connect discovery where left out'),
  audiences: z.array(z.string().min(1)).min(1),
  audienceClaim: Claim.default('aud').describe('Cognito names the client in `client_id` instead'),
  actorClaim: Claim.default('sub'),
  scopeClaims: z.array(Claim).min(1).default(['scope']).describe('Texts with spaces, or lists'),
  scopes: z.record(z.string(), z.array(z.enum(SCOPES)).min(1)).default(OWN_NAMES),
  modelsClaim: Claim.optional().describe('Limits to these models; a token without it has none'),
  endpointsClaim: Claim.optional().describe('Likewise for endpoints'),
  workspacesClaim: Claim.optional().describe('Likewise for workspaces of MLflow clients'),
});
export type Issuer = z.infer<typeof Issuer>;

export const Issuers = z
  .array(Issuer)
  .max(10)
  .refine((all) => new Set(all.map(({ issuer }) => issuer)).size === all.length, {
    error: 'each issuer once',
  })
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
    error: 'each name once',
  });

/** Issuers as configuration gives them: JSON. @throws ZodError naming what does not fit */
export const parseIssuers = (json: string): Issuer[] =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(Issuers)
    .parse(json);

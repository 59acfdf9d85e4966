import * as z from 'zod';

/**
 * Parses the environment once, at cold start, so that a missing variable fails the deployment's
 * first call with its name and not some later request with `undefined`.
 */
export function readEnv<S extends z.ZodObject>(schema: S): z.output<S> {
  const parsed = schema.safeParse(process.env);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`environment: ${problems.join('; ')}`);
}

/** A byte count or other positive whole number from the environment. */
export const positiveInteger = (fallback: number) =>
  z.coerce.number().int().positive().default(fallback);

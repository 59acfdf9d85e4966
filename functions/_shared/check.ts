import type * as z from 'zod';
import { AppError, type FieldError } from '#core/errors.ts';

/** Parses with a zod schema; what does not fit becomes one AppError that names every field. */
export function check<S extends z.ZodType>(schema: S, value: unknown, prefix: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const fields = issues.slice(0, MOST).flatMap((issue) => fieldErrors(issue, prefix));
  const [first] = fields;
  const others = Math.max(fields.length, issues.length) - 1;
  const more = others > 0 ? ` (and ${others} more)` : '';
  const listed = fields.slice(0, MOST);
  throw new AppError('invalid', `${first?.field}: ${first?.message}${more}`, { fields: listed });
}

/** Fields that an answer names: a body of a megabyte of errors must not be answered with them all. */
const MOST = 100;

function fieldErrors(issue: z.core.$ZodIssue, prefix: string): FieldError[] {
  const at = fieldPath(issue.path, prefix);
  if (issue.code !== 'unrecognized_keys') return [{ field: at || 'body', message: issue.message }];
  return issue.keys.map((key) => ({
    field: at ? `${at}.${key}` : key,
    message: 'is not a field of this request',
  }));
}

const fieldPath = (path: readonly PropertyKey[], prefix: string): string =>
  path.reduce<string>((at, part) => {
    if (typeof part === 'number') return `${at}[${part}]`;
    return at ? `${at}.${String(part)}` : String(part);
  }, prefix);

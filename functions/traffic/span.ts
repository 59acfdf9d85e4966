import { HOUR_MS } from '#core/capture/keys.ts';
import { invalidField } from '#core/errors.ts';
import type { SpanQuery } from './schema.ts';

/** As long as hours are kept. */
const MAX_DAYS = 400;

/** @throws AppError `invalid` where it ends before it begins, or is too long */
export function spanOf({ from, to }: SpanQuery, now = Date.now()): { from: number; to: number } {
  const end = to === undefined ? now : Date.parse(to);
  const start = from === undefined ? end - HOUR_MS : Date.parse(from);
  if (start >= end) throw invalidField('from', 'must be before `to`');
  if (end - start > MAX_DAYS * 24 * HOUR_MS) {
    throw invalidField('from', `must be at most ${MAX_DAYS} days before \`to\``);
  }
  return { from: start, to: end };
}

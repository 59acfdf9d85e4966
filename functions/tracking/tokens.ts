import { invalidField } from '#core/errors.ts';
import type { Position } from './streams.ts';

/** Where a page ended: in a walk along indexes, or in a list that was sorted. */
export type PageMark =
  | { readonly phase: number; readonly after?: Position }
  | { readonly offset: number };

export const writeToken = (mark: PageMark): string =>
  Buffer.from(JSON.stringify(mark)).toString('base64url');

/** @throws AppError `invalid` for what is no token */
export function readToken(token: string | undefined): PageMark | undefined {
  if (!token) return undefined;
  try {
    const mark = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (Number.isSafeInteger(mark.offset) && mark.offset >= 0) return { offset: mark.offset };
    const { phase, after } = mark;
    if (Number.isSafeInteger(phase) && after === undefined) return { phase };
    const { code, suffix } = after;
    if (Number.isSafeInteger(phase) && typeof code === 'string' && typeof suffix === 'string') {
      return { phase, after: { code, suffix } };
    }
  } catch {
    // Said below.
  }
  throw invalidField('page_token', 'is not one that a page was given with');
}

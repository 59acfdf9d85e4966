import { invalidField } from '#core/errors.ts';
import type { Position } from './streams.ts';

/** Where a page ended in a walk along indexes. */
export interface WalkMark {
  readonly phase: number;
  readonly after?: Position | undefined;
}

/** Where it ended in a list that was sorted. */
export interface ListMark {
  readonly offset: number;
  /** The condition whose index the list is from, where it is not all that there is. */
  readonly range?: number | undefined;
}

export type PageMark = WalkMark | ListMark;

export const writeToken = (mark: PageMark): string =>
  Buffer.from(JSON.stringify(mark)).toString('base64url');

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

/** @throws AppError `invalid` for what is no token */
export function readToken(token: string | undefined): PageMark | undefined {
  if (!token) return undefined;
  try {
    const mark = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    const { offset, range, phase, after } = mark;
    if (isCount(offset) && (range === undefined || isCount(range))) return { offset, range };
    if (isCount(phase) && after === undefined) return { phase };
    const { code, suffix } = after;
    if (isCount(phase) && typeof code === 'string' && typeof suffix === 'string') {
      return { phase, after: { code, suffix } };
    }
  } catch {
    // Said below.
  }
  throw misfit();
}

export const isWalk = (mark: PageMark | undefined): mark is WalkMark =>
  mark !== undefined && 'phase' in mark;

/** Of a search that always walks. @throws AppError `invalid` for a token of another one */
export function readWalkMark(token: string | undefined): WalkMark | undefined {
  const mark = readToken(token);
  if (mark && !isWalk(mark)) throw misfit();
  return mark;
}

/** Of one that always sorts. @throws AppError `invalid` for a token of another one */
export function readOffset(token: string | undefined): number {
  const mark = readToken(token);
  if (isWalk(mark) || mark?.range !== undefined) throw misfit();
  return mark?.offset ?? 0;
}

export const misfit = () =>
  invalidField('page_token', 'is not one that a page of this search was given with');

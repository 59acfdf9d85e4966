import { AppError } from '#core/errors.ts';
import { writeToken } from './tokens.ts';

/** A page as JSON texts: what an answer can carry is counted in bytes. */
export interface Page {
  readonly texts: readonly string[];
  readonly nextToken?: string | undefined;
}

/** A function's answer has 6 MB, its body being a text within JSON. */
export const MAX_ANSWER_BYTES = 5_500_000;
/** What is looked at for a page; whoever needs more gets a short page and a token. */
const MAX_LOOKED_AT = 20_000;
/** The gateway waits no longer than 29 s. */
const MAX_MS = 15_000;
/** Uncompressed; as objects they take several times as much of the function's memory. */
const MAX_READ_BYTES = 150_000_000;
/** What is sorted for one page. */
export const MAX_SORTED = 20_000;

/** Bytes of a text as it travels: within JSON, where each quote of its own takes two. */
export const wireBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

/** What one request may take in time and reading. */
export class Budget {
  readonly #until = Date.now() + MAX_MS;
  #bytes = 0;

  read(bytes: number): void {
    this.#bytes += bytes;
  }

  get isSpent(): boolean {
    return this.#bytes >= MAX_READ_BYTES || Date.now() >= this.#until;
  }
}

export class PageBuilder {
  readonly #limit: number;
  readonly #budget: Budget;
  readonly #texts: string[] = [];
  #bytes = 0;
  #lookedAt = 0;

  constructor(limit: number, budget = new Budget()) {
    this.#limit = limit;
    this.#budget = budget;
  }

  /** Never before the first was looked at: whoever goes on with a token gets further. */
  get isFull(): boolean {
    if (this.#lookedAt === 0) return false;
    return (
      this.#texts.length >= this.#limit || this.#lookedAt >= MAX_LOOKED_AT || this.#budget.isSpent
    );
  }

  /** @param bytes that were read for it */
  look(bytes = 0): void {
    this.#lookedAt++;
    this.#budget.read(bytes);
  }

  /** @returns false where it does not fit any more, and belongs to the next page */
  add(text: string): boolean {
    const bytes = wireBytes(text) + 1;
    if (this.#texts.length > 0 && this.#bytes + bytes > MAX_ANSWER_BYTES) return false;
    this.#texts.push(text);
    this.#bytes += bytes;
    return true;
  }

  finish(nextToken: string | undefined): Page {
    return { texts: this.#texts, nextToken };
  }
}

/** One page of a list that is there. */
export function listPage<T>(
  all: readonly T[],
  start: number,
  { limit, write }: { limit: number; write: (one: T) => string },
): Page {
  const page = new PageBuilder(limit);
  for (const [i, one] of all.slice(start).entries()) {
    if (page.isFull || !page.add(write(one))) return page.finish(writeToken({ offset: start + i }));
    page.look();
  }
  return page.finish(undefined);
}

/** The JSON of an answer with a page in it. */
export function pageText(name: string, { texts, nextToken }: Page): string {
  const token = nextToken ? `,"next_page_token":"${nextToken}"` : '';
  return `{"${name}":[${texts.join(',')}]${token}}`;
}

/** @param orders that need no sorting */
export const tooMuchToSort = (orders: string): AppError =>
  new AppError(
    'invalid',
    `Invalid value for parameter 'order_by': there is too much to sort in one request (at most ${MAX_SORTED}): order by ${orders}, or narrow the filter down.`,
  );

import { createHash } from 'node:crypto';

/*
 * A hash chain over log entries, as of Haber and Stornetta, "How to time-stamp a digital document"
 * (1991): each link holds the digest of one entry and the hash of the link before, so that whoever
 * knows one hash knows that nothing before it has changed.
 */

/** One entry's place in the chain. */
export interface Link {
  /** From 1 on, without gaps. */
  readonly sequence: number;
  /** Id of the entry. */
  readonly entry: string;
  /** SHA-256 of the entry, hex. */
  readonly digest: string;
  /** When the table took the entry, by its own clock. */
  readonly writtenAt: string;
  /** Hash of the link before; `GENESIS` in the first. */
  readonly previous: string;
  /** SHA-256 over all of this, hex. */
  readonly hash: string;
}

export const GENESIS = '0'.repeat(64);

/** What must not have happened. */
export const FLAWS = {
  'entry-altered': 'the entry is not the one that was written',
  'entry-removed': 'the entry is not there',
  'entry-inserted': 'the entry was not written when it says, or never became part of the chain',
  'link-altered': 'the link does not follow from the one before',
  'link-removed': 'a link before it is not there',
  'chain-rewritten': 'the chain does not hold the hash that was kept elsewhere',
} as const;
export type Flaw = keyof typeof FLAWS;

/** Of entries whose writers take their time: the longest that a function runs, and some minutes. */
const TOLERANCE_MS = 20 * 60_000;

/** The next link, for an entry that the table took at `writtenAt`. */
export function linkAfter(
  before: Link | undefined,
  entry: { readonly id: string; readonly content: unknown; readonly writtenAt: string },
): Link {
  const link = {
    sequence: (before?.sequence ?? 0) + 1,
    entry: entry.id,
    digest: digestOf(entry.content),
    writtenAt: entry.writtenAt,
    previous: before?.hash ?? GENESIS,
  };
  return { ...link, hash: hashOf(link) };
}

/** What is wrong with a link as it follows the one before, if anything. */
export function flawOfLink(link: Link, before: Link | undefined): Flaw | undefined {
  if (link.sequence !== (before?.sequence ?? 0) + 1) return 'link-removed';
  const follows = link.previous === (before?.hash ?? GENESIS) && isWhole(link);
  return follows ? undefined : 'link-altered';
}

/** Whether a copy of a link says the same. */
export const isCopy = (copy: Link | undefined, link: Link): boolean =>
  copy !== undefined && copy.hash === link.hash && isWhole(copy);

const isWhole = (link: Link): boolean => link.hash === hashOf(link);

/**
 * What is wrong with the entry of a link, if anything.
 * @param saidAtMs when the entry says that it was written
 */
export function flawOfEntry(link: Link, content: unknown, saidAtMs: number): Flaw | undefined {
  if (content === undefined) return 'entry-removed';
  if (digestOf(content) !== link.digest) return 'entry-altered';
  const late = Math.abs(Date.parse(link.writtenAt) - saidAtMs) > TOLERANCE_MS;
  return late ? 'entry-inserted' : undefined;
}

/** What is wrong with an entry that is in no link: nothing, as long as it may still become one. */
export const flawOfUnlinked = (saidAtMs: number, nowMs: number): Flaw | undefined =>
  nowMs - saidAtMs > TOLERANCE_MS ? 'entry-inserted' : undefined;

const hashOf = ({ sequence, entry, digest, writtenAt, previous }: Omit<Link, 'hash'>): string =>
  sha256(JSON.stringify([sequence, entry, digest, writtenAt, previous]));

const digestOf = (content: unknown): string => sha256(canonical(content));

/** JSON with the fields of every object in order, so that equal content is equal text. */
const canonical = (content: unknown): string =>
  JSON.stringify(content, (_, value) =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

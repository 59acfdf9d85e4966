/*
 * What is known of records that were taken on, so that each goes out once. A record is claimed with
 * its answer before it is sent, and marked afterwards. Whoever finds a claim whose holder is gone
 * sends the very answer that it holds: twice at most, the same bytes under the same id.
 */

export interface Mark {
  readonly state: 'claimed' | 'done';
  /** The invocation that has it, or had it. */
  readonly holder: string;
  /** Until then the holder may still be alive, in milliseconds since the epoch. */
  readonly until: number;
  /** What is to be sent, as long as it is not known to be. */
  readonly answer?: string;
}

/** Where marks are kept; every operation is atomic, every read sees the latest write. */
export interface MarkStore {
  read(kind: string, id: string): Promise<Mark | undefined>;
  /** @returns whether what was there is `seen` still, or the holder's own, and is replaced */
  replace(kind: string, id: string, mark: Mark, seen: Mark | undefined): Promise<boolean>;
  write(kind: string, id: string, mark: Mark): Promise<void>;
}

export type Claim =
  | { readonly state: 'mine'; readonly answer: string; readonly isNew: boolean }
  | { readonly state: 'done' }
  | { readonly state: 'held'; readonly until: number };

export interface Claiming {
  readonly store: MarkStore;
  readonly holder: string;
  readonly now: () => number;
  /** Longer than an invocation can live. */
  readonly leaseMs: number;
}

export interface Claimed {
  readonly kind: 'RECORD' | 'REJECT';
  readonly id: string;
  readonly text: string;
}

export async function claim(claiming: Claiming, { kind, id, text }: Claimed): Promise<Claim> {
  const { store, holder, now, leaseMs } = claiming;
  const take = (answer: string, seen: Mark | undefined) => {
    const mark: Mark = { state: 'claimed', holder, until: now() + leaseMs, answer };
    return store.replace(kind, id, mark, seen);
  };
  if (await take(text, undefined)) return { state: 'mine', answer: text, isNew: true };
  const found = await store.read(kind, id);
  if (!found) return { state: 'held', until: now() };
  if (found.state === 'done') return { state: 'done' };
  if (found.until > now()) return { state: 'held', until: found.until };
  const answer = found.answer ?? text;
  if (await take(answer, found)) return { state: 'mine', answer, isNew: false };
  return { state: 'held', until: now() + leaseMs };
}

/** Sent, and not to be sent again. */
export const settle = ({ store, holder }: Claiming, { kind, id }: Claimed): Promise<void> =>
  store.write(kind, id, { state: 'done', holder, until: 0 });

/** Not sent, or not known to be: whoever comes next may take it at once. */
export const release = ({ store, holder }: Claiming, { kind, id }: Claimed, answer: string) =>
  store.write(kind, id, { state: 'claimed', holder, until: 0, answer });

/** For streams that want no more than at least once. */
export const NO_MARKS: MarkStore = {
  read: async () => undefined,
  replace: async () => true,
  write: async () => {},
};

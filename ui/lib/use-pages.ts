import { useRef } from 'preact/hooks';
import { useHere } from '../shell/place-context.tsx';

interface Pages {
  /** The API's token of this page; none for the first. */
  readonly token: string | undefined;
  /** How many rows come before it. */
  readonly first: number;
  readonly next: (token: string, shown: number) => void;
  readonly previous: (() => void) | undefined;
}

/** What a query says after which the first page is shown again. */
export const FIRST_PAGE = { page: undefined, from: undefined };

/** Pages by the API's tokens, with the one that is shown in the address. */
export function usePages(): Pages {
  const { query, setQuery } = useHere();
  const before = useRef(new Map<number, { page: string | undefined; from: number }>());
  const token = query.page;
  const first = token === undefined ? 0 : Number(query.from) || 0;
  return {
    token,
    first,
    next: (page, shown) => {
      before.current.set(first + shown, { page: token, from: first });
      setQuery({ page, from: first + shown }, true);
    },
    // Who was sent the address of a later page has not seen those before it.
    previous:
      token === undefined
        ? undefined
        : () => setQuery(before.current.get(first) ?? FIRST_PAGE, true),
  };
}

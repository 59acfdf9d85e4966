import { useRef } from 'preact/hooks';
import { useHere } from '../shell/place-context.tsx';
import { PageTrail } from './page-trail.ts';

export interface Pages {
  /** The API's token of this page; none for the first. */
  readonly token: string | undefined;
  /** How many rows come before it. */
  readonly first: number;
  readonly next: (token: string, shown: number) => void;
  readonly previous: (() => void) | undefined;
}

/** What a query says after which the first page is shown again. */
export const FIRST_PAGE = { page: undefined, from: undefined };

/**
 * Pages by the API's tokens, with the one that is shown in the address.
 * @param of what the rows depend on beside the address' path, as a text
 */
export function usePages(of = ''): Pages {
  const { workspace, segments, query, setQuery } = useHere();
  const trail = useRef(new PageTrail());
  const question = JSON.stringify([workspace, segments, of]);
  const token = query.page;
  const first = token === undefined ? 0 : Number(query.from) || 0;
  return {
    token,
    first,
    next: (page, shown) => {
      trail.current.note(question, page, { page: token, from: first });
      setQuery({ page, from: first + shown }, true);
    },
    // Who was sent the address of a later page has not seen those before it.
    previous:
      token === undefined
        ? undefined
        : () => setQuery({ ...(trail.current.before(question, token) ?? FIRST_PAGE) }, true),
  };
}

import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { hashOf, type Place, parseHash, type Query } from '../lib/place.ts';
import { Address } from './address.ts';

interface Here extends Place {
  /** The address of a page in this workspace. */
  readonly to: (segments: readonly string[], query?: Query) => string;
  /** Changes parts of the query of this page; an entry in the history only where `push` is set. */
  readonly setQuery: (patch: Query, push?: boolean) => void;
  readonly go: (hash: string) => void;
}

const PlaceContext = createContext<Here | undefined>(undefined);

/** The place in the address, and how to get to another one. */
export function useHere(): Here {
  const here = useContext(PlaceContext);
  if (!here) throw new Error('useHere is used outside of the application');
  return here;
}

export function PlaceProvider({ children }: { children: ComponentChildren }) {
  const [hash, setHash] = useState(location.hash);
  const address = useRef(new Address());
  useEffect(() => {
    const follow = () => {
      address.current.follow();
      setHash(location.hash);
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const here = useMemo((): Here => {
    const place = parseHash(hash);
    const to: Here['to'] = (segments, query) => hashOf(place.workspace, segments, query);
    return {
      ...place,
      to,
      go: (target) => {
        location.hash = target;
      },
      setQuery: (patch, push = false) => {
        // What changed meanwhile may not be in this closure yet.
        const now = parseHash(address.current.hash);
        const target = hashOf(now.workspace, now.segments, { ...now.query, ...patch });
        address.current.write(target, push);
        setHash(target);
      },
    };
  }, [hash]);
  return <PlaceContext.Provider value={here}>{children}</PlaceContext.Provider>;
}

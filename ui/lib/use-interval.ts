import { useEffect, useRef } from 'preact/hooks';

/** Calls again and again while the page is seen; never where `ms` is undefined. */
export function useInterval(tick: () => void, ms: number | undefined): void {
  const latest = useRef(tick);
  latest.current = tick;
  useEffect(() => {
    if (ms === undefined) return undefined;
    const timer = setInterval(() => !document.hidden && latest.current(), ms);
    return () => clearInterval(timer);
  }, [ms]);
}

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { ApiError } from '../api/client.ts';

/** What was asked for; while it is asked for anew, the answer before stays. */
export interface Loaded<T> {
  readonly data: T | undefined;
  readonly error: ApiError | Error | undefined;
  readonly busy: boolean;
  readonly reload: () => void;
}

/**
 * Loads on mount and whenever `key` changes; an answer that comes after a later question is dropped.
 * @param key all that the question depends on, as a text
 */
export function useLoad<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'>>({
    ...{ data: undefined, error: undefined, busy: true },
  });
  const latest = useRef(load);
  latest.current = load;
  const ask = useCallback((signal: AbortSignal) => {
    setState((before) => ({ ...before, busy: true }));
    latest.current(signal).then(
      (data) => !signal.aborted && setState({ data, error: undefined, busy: false }),
      (error: Error) =>
        !signal.aborted && setState((before) => ({ data: before.data, error, busy: false })),
    );
  }, []);
  const running = useRef(new AbortController());
  const reload = useCallback(() => {
    running.current.abort();
    running.current = new AbortController();
    ask(running.current.signal);
  }, [ask]);
  // The key stands for all that `load` uses.
  useEffect(() => {
    reload();
    return () => running.current.abort();
  }, [key, reload]);
  return { ...state, reload };
}

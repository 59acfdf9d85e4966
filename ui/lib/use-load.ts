import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiError } from '../api/client.ts';
import { loading, type Step } from './loading.ts';

/** What was asked for; while it is asked for anew, the answer before stays. */
export interface Loaded<T> {
  readonly data: T | undefined;
  readonly error: ApiError | Error | undefined;
  readonly busy: boolean;
  readonly reload: () => void;
  /** To be called again and again: it waits for an answer that is on its way. */
  readonly poll: () => void;
}

type State<T> = Pick<Loaded<T>, 'data' | 'error' | 'busy'>;

/**
 * Loads on mount and whenever `key` changes; an answer that comes after a later question is dropped.
 * @param key all that the question depends on, as a text
 */
export function useLoad<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<State<T>>({ data: undefined, error: undefined, busy: true });
  const latest = useRef(load);
  latest.current = load;
  const [{ reload, poll, stop }] = useState(() =>
    loading(
      (signal) => latest.current(signal),
      (step: Step<T>) => setState((before) => ({ ...before, ...step })),
    ),
  );
  // The key stands for all that `load` uses.
  useEffect(() => {
    reload();
    return stop;
  }, [key, reload, stop]);
  return { ...state, reload, poll };
}

/** What becomes known about a question. */
export type Step<T> =
  | { readonly busy: true }
  | { readonly data: T; readonly error: undefined; readonly busy: false }
  | { readonly error: Error; readonly busy: false };

export interface Loading {
  /** Asks now; what is under way is dropped. */
  readonly reload: () => void;
  /** Asks unless an answer is on its way: one that takes longer than the pause still comes. */
  readonly poll: () => void;
  readonly stop: () => void;
}

/** Asks one question at a time: nothing is told of an answer to an earlier one. */
export function loading<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  tell: (step: Step<T>) => void,
): Loading {
  let running: AbortController | undefined;
  const stop = () => {
    running?.abort();
    running = undefined;
  };
  const end = (mine: AbortController, step: Step<T>) => {
    if (running !== mine) return;
    running = undefined;
    tell(step);
  };
  const reload = () => {
    stop();
    const mine = new AbortController();
    running = mine;
    tell({ busy: true });
    ask(mine.signal).then(
      (data) => end(mine, { data, error: undefined, busy: false }),
      (error: Error) => end(mine, { error, busy: false }),
    );
  };
  const poll = () => {
    if (!running) reload();
  };
  return { reload, poll, stop };
}

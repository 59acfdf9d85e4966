const KEY = 'skiff-token';
const listeners = new Set<() => void>();
let refused = false;

/** The token of this tab: it is gone when the tab is closed, and in no address. */
export const token = (): string | undefined => sessionStorage.getItem(KEY) ?? undefined;

export function signIn(given: string): void {
  refused = false;
  sessionStorage.setItem(KEY, given.trim());
  for (const tell of listeners) tell();
}

/** @param wasRefused the API did not take it */
export function signOut(wasRefused = false): void {
  refused = wasRefused;
  sessionStorage.removeItem(KEY);
  for (const tell of listeners) tell();
}

export const wasRefused = (): boolean => refused;

export function onSession(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

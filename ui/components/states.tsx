import type { ComponentChildren } from 'preact';
import { ApiError } from '../api/client.ts';
import type { Loaded } from '../lib/use-load.ts';

/** Said where something is on its way; only what takes a while is seen at all. */
export const Loading = ({ what }: { what: string }) => (
  <p class="loading" role="status">
    Loading {what} …
  </p>
);

export const Empty = ({ children }: { children: ComponentChildren }) => (
  <div class="empty">{children}</div>
);

interface FailureProps {
  readonly error: Error;
  readonly onRetry?: () => void;
}

/** What went wrong in the API's own words, and a way on. */
export const Failure = ({ error, onRetry }: FailureProps) => (
  <div class="failure" role="alert">
    <p>
      <strong>{titleOf(error)}</strong> {error.message}
    </p>
    {onRetry && (
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    )}
  </div>
);

function titleOf(error: Error): string {
  if (!(error instanceof ApiError)) return 'Something failed on this page.';
  if (error.status === 403) return 'This token may not see this.';
  if (error.status === 404) return 'This does not exist.';
  return error.status >= 500 ? 'The API failed.' : 'The API refused.';
}

interface LoadedProps<T> {
  readonly of: Loaded<T>;
  /** Empty where nothing is to be waited for. */
  readonly what: string;
  readonly children: (data: T) => ComponentChildren;
}

/** Loading, failure or the data; data that is there stays while it is loaded anew. */
export function Await<T>({ of, what, children }: LoadedProps<T>) {
  return (
    <>
      {of.error && <Failure error={of.error} onRetry={of.reload} />}
      {what !== '' && of.data === undefined && !of.error && <Loading what={what} />}
      {of.data !== undefined && children(of.data)}
    </>
  );
}

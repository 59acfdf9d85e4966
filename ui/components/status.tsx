import type { RunStatus } from '../api/mlflow.ts';
import { TONES } from '../lib/run-columns.ts';

export const Status = ({ of }: { of: RunStatus }) => (
  <span class={`badge ${TONES[of] ?? ''}`}>{of.toLowerCase()}</span>
);

/** The same in a table: a dot for the eye, the word for the ear. */
export const StatusDot = ({ of }: { of: RunStatus }) => (
  <span class={`dot ${TONES[of] ?? ''}`} title={of.toLowerCase()}>
    <span class="unseen">{of.toLowerCase()}</span>
  </span>
);

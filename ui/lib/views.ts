import type { View } from '../api/mlflow.ts';

/** Which of what may be deleted is shown. */
export const VIEWS = [
  ['ACTIVE_ONLY', 'Active'],
  ['DELETED_ONLY', 'Deleted'],
  ['ALL', 'All'],
] as const satisfies readonly (readonly [View, string])[];

export const viewOf = (text: string | undefined): View =>
  VIEWS.find(([view]) => view === text)?.[0] ?? 'ACTIVE_ONLY';

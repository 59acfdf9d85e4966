/** What a caller may do, each beside the others: `admin` alone includes the rest. */
export const SCOPES = [
  'read',
  'register',
  'validate',
  'deploy',
  'predict',
  'feedback',
  'device',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

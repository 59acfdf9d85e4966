/**
 * A prediction id says itself what made the prediction, so that feedback needs no look-up:
 * `<ULID>.<endpoint>.<revision>.<variant>`, and with a row of a request `:<row>` after it.
 */
export interface PredictionId {
  /** Without the row: what all rows of one request have in common. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly endpoint: string;
  readonly revision: number;
  readonly variant: string;
  readonly row?: number;
}

/** What follows the ULID in the ids of one variant of one revision. */
export const predictionIdSuffix = (endpoint: string, revision: number, variant: string): string =>
  `.${endpoint}.${revision}.${variant}`;

export const rowPredictionId = (id: string, row: number): string => `${id}:${row}`;

/** A name of an endpoint may hold dots, that of a variant may not: they are told from the right. */
const PARTS =
  /^([0-7][0-9A-HJKMNP-TV-Z]{25})\.([a-z0-9][a-z0-9._-]{0,62})\.([1-9]\d{0,8})\.([a-z0-9][a-z0-9_-]{0,62})(?::(0|[1-9]\d{0,8}))?$/;

/** Undefined where the text is no prediction id. */
export function parsePredictionId(text: string): PredictionId | undefined {
  const match = PARTS.exec(text);
  if (!match) return undefined;
  const [, ulid = '', endpoint = '', revision, variant = '', row] = match;
  return {
    id: row === undefined ? text : text.slice(0, -row.length - 1),
    at: timeOf(ulid),
    endpoint,
    revision: Number(revision),
    variant,
    ...(row !== undefined && { row: Number(row) }),
  };
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The first ten characters of a ULID, five bits each. */
function timeOf(ulid: string): number {
  let time = 0;
  for (let i = 0; i < 10; i++) time = time * 32 + ALPHABET.indexOf(ulid[i] as string);
  return time;
}

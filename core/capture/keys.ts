/** Where a capture file lies: by endpoint and hour, as query engines partition tables. */
export interface CaptureFile {
  readonly endpoint: string;
  /** Milliseconds since the epoch, anywhere in the hour. */
  readonly at: number;
  readonly variant: string;
  /** Unique, and the same however often the file is written. */
  readonly id: string;
  /** Shadows are to score its inputs. */
  readonly shadowed: boolean;
}

export const HOUR_MS = 3_600_000;
const SHADOWED = '-shadowed';
const COMPACT = '-compact-';

export const captureKey = ({ endpoint, at, variant, id, shadowed }: CaptureFile): string =>
  `${hourPrefix('captures', endpoint, at)}${variant}-${id}${shadowed ? SHADOWED : ''}.parquet`;

/** Of a shadow's answers to the inputs of a capture file. */
export const shadowKey = ({ endpoint, at, variant, id }: CaptureFile, shadow: string): string =>
  `${hourPrefix('shadows', endpoint, at)}${shadow}-${variant}-${id}.parquet`;

/** Of one file in the place of several. @param digest of their names */
export const compactKey = (prefix: string, variant: string, digest: string): string =>
  `${compactPrefix(prefix, variant)}${digest}.parquet`;

/** What the names of a variant's compacted files begin with. */
export const compactPrefix = (prefix: string, variant: string): string =>
  `${prefix}${variant}${COMPACT}`;

export const isCompact = (key: string): boolean => key.includes(COMPACT);

type Folder = 'captures' | 'shadows' | 'row-profiles';

/** `captures/<endpoint>/dt=2026-11-25/hr=21/`, in UTC. */
export function hourPrefix(folder: Folder, endpoint: string, at: number): string {
  const time = new Date(at).toISOString();
  return `${folder}/${endpoint}/dt=${time.slice(0, 10)}/hr=${time.slice(11, 13)}/`;
}

/** The starts of all hours that a span of time touches. @param to exclusive */
export function hoursOf(from: number, to: number): number[] {
  const hours: number[] = [];
  for (let hour = from - (from % HOUR_MS); hour < to; hour += HOUR_MS) hours.push(hour);
  return hours;
}

const KEY =
  /^captures\/([a-z0-9][a-z0-9._-]{0,62})\/dt=(\d{4}-\d\d-\d\d)\/hr=(\d\d)\/([a-z0-9][a-z0-9_-]*)-([0-9A-Z]{26}\.\d+)(-shadowed)?\.parquet$/;

/** Undefined for what is no file that an instance wrote. */
export function parseCaptureKey(key: string): CaptureFile | undefined {
  const match = KEY.exec(key);
  if (!match) return undefined;
  const [, endpoint = '', day, hour, variant = '', id = '', shadowed] = match;
  const at = Date.parse(`${day}T${hour}:00:00.000Z`);
  return { endpoint, at, variant, id, shadowed: shadowed !== undefined };
}

import { invalidField } from '../errors.ts';

/** What MLflow 3 allows; lengths in characters. */
export const LIMITS = {
  batch: { metrics: 1000, params: 100, tags: 100, entities: 1000, bytes: 1_000_000 },
  key: 250,
  paramValue: 6000,
  tagValue: 8000,
  experimentName: 500,
  experimentTagValue: 20_000,
  dataset: { name: 500, digest: 36, schema: 1_048_575, source: 65_535, profile: 16_777_215 },
  inputTag: { key: 255, value: 500 },
  datasets: 1000,
} as const;

const CHARACTERS = /^[/\p{L}\p{N}_.\- :]*$/u;

/**
 * Names of params, metrics and tags: may stand for files, so that they are paths which mean
 * themselves. @throws AppError `invalid`
 */
export function checkName(name: string, field: string): void {
  if (!CHARACTERS.test(name)) {
    throw invalidField(
      field,
      `"${name}": names may only contain alphanumerics, underscores, dashes, periods, spaces, colons and slashes`,
    );
  }
  if (name === '' || name !== normalised(name) || name === '.' || /^(\.\.|\/)/.test(name)) {
    throw invalidField(field, `"${name}" does not stand for itself when it is read as a path`);
  }
  checkLength(name, LIMITS.key, field);
}

/** @throws AppError `invalid` */
export function checkLength(value: string, limit: number, field: string): void {
  if (value.length <= limit) return;
  throw invalidField(field, `has ${value.length} characters; at most ${limit} are allowed`);
}

/** As long as is allowed: MLflow's server cuts long values off, which a training outlives. */
export const cutTo = (limit: number, value: string): string =>
  value.length <= limit ? value : [...value].slice(0, limit).join('');

/** As POSIX reads it: without empty segments, `.` and what `..` takes back. */
export function normalised(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else kept.push(segment);
  }
  return `${path.startsWith('/') ? '/' : ''}${kept.join('/')}`;
}

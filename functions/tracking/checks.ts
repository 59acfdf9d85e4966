import { AppError, invalidField } from '#core/errors.ts';
import { checkLength, checkName, cutTo, LIMITS } from '#core/tracking/names.ts';
import type { Batch } from './log.ts';

/**
 * A batch as it is kept: values that are too long are cut off.
 * @throws AppError `invalid` for what else is beyond a limit of MLflow's
 */
export function checkBatch({ metrics, params, tags }: Batch): Batch {
  const most = LIMITS.batch;
  atMost(metrics.length, most.metrics, 'metrics');
  atMost(params.length, most.params, 'params');
  atMost(tags.length, most.tags, 'tags');
  atMost(metrics.length + params.length + tags.length, most.entities, 'metrics, params, and tags');
  for (const [i, { key }] of metrics.entries()) checkName(key, `metrics[${i}].name`);
  for (const [i, { key }] of params.entries()) checkName(key, `params[${i}].key`);
  const kept = checkTags(new Map(tags.map(({ key, value }) => [key, value])));
  const twice = params.filter(({ key }, i) => params.findIndex((p) => p.key === key) !== i);
  if (twice.length > 0) {
    const names = twice.map(({ key }) => key).join(', ');
    throw new AppError('invalid', `Duplicate parameter keys have been submitted: ${names}`);
  }
  return {
    metrics,
    params: params.map(({ key, value }) => ({ key, value: cutTo(LIMITS.paramValue, value) })),
    tags: [...kept].map(([key, value]) => ({ key, value })),
  };
}

/** Ids have fewer characters, all of one byte; the table takes no longer keys. */
export const mayBeId = (id: string): boolean => id.length <= 100;

function atMost(count: number, limit: number, what: string): void {
  if (count <= limit) return;
  throw new AppError(
    'invalid',
    `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
  );
}

/** Tags of a run as they are kept. @throws AppError `invalid` for a name */
export function checkTags(tags: ReadonlyMap<string, string>): Map<string, string> {
  const kept = new Map<string, string>();
  for (const [key, value] of tags) {
    if (key === '') throw invalidField('tags', 'a name must be provided');
    checkLength(key, LIMITS.key, 'tags.key');
    kept.set(key, cutTo(LIMITS.tagValue, value));
  }
  return kept;
}

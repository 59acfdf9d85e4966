import { AppError, invalidField } from '#core/errors.ts';
import { checkLength, checkName, LIMITS } from '#core/tracking/names.ts';
import type { Batch } from './log.ts';

/** @throws AppError `invalid` for what is beyond a limit of MLflow's */
export function checkBatch({ metrics, params, tags }: Batch): void {
  const most = LIMITS.batch;
  atMost(metrics.length, most.metrics, 'metrics');
  atMost(params.length, most.params, 'params');
  atMost(tags.length, most.tags, 'tags');
  atMost(metrics.length + params.length + tags.length, most.entities, 'metrics, params, and tags');
  for (const [i, { key }] of metrics.entries()) checkName(key, `metrics[${i}].name`);
  for (const [i, { key, value }] of params.entries()) {
    checkName(key, `params[${i}].key`);
    checkLength(value, LIMITS.paramValue, `params[${i}].value`);
  }
  checkTags(new Map(tags.map(({ key, value }) => [key, value])));
  const twice = params.filter(({ key }, i) => params.findIndex((p) => p.key === key) !== i);
  if (twice.length === 0) return;
  throw new AppError(
    'invalid',
    `Duplicate parameter keys have been submitted: ${twice.map(({ key }) => key).join(', ')}`,
  );
}

function atMost(count: number, limit: number, what: string): void {
  if (count <= limit) return;
  throw new AppError(
    'invalid',
    `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
  );
}

export function checkTags(tags: ReadonlyMap<string, string>, field = 'tags'): void {
  for (const [key, value] of tags) {
    if (key === '') throw invalidField(field, 'a name must be provided');
    checkLength(key, LIMITS.key, `${field}.key`);
    checkLength(value, LIMITS.tagValue, `${field}.value`);
  }
}

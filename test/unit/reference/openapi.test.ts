import { describe, expect, it } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import * as z from 'zod';
import type { Operation } from '#shared/http.ts';
import { REPEATABLE_POSTS } from '../../../client/repeatable.ts';
import { examples } from '../../../functions/reference/examples.ts';
import { describeApi, operations } from '../../../functions/reference/routes.ts';
import { TAGS, tagOf } from '../../../functions/reference/tags.ts';
import { STORY } from '../../helpers/story.ts';

const document = describeApi();
const all: readonly Operation[] = operations as readonly Operation[];
const each = all.map((operation) => [operation.operation, operation] as const);

/** What a linter has against a document. */
async function complaints(source: unknown): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintFromString({ source: JSON.stringify(source), config });
  return problems.map(
    ({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`,
  );
}

describe('the OpenAPI document', () => {
  it('satisfies the linter, which sees what is wrong', async () => {
    expect(await complaints(document)).toEqual([]);
    const broken = structuredClone(document);
    const health = broken.paths['/api/v1/health']?.get as { operationId: string };
    health.operationId = 'listModels';
    expect(await complaints(broken)).toEqual([
      expect.stringContaining('operation-operationId-unique'),
    ]);
  }, 30_000);

  it('has each operation under a tag that is described', () => {
    const described = TAGS.map(({ name }) => name);
    const without = all.filter(({ path }) => !described.includes(tagOf(path) ?? ''));
    expect(without.map(({ path }) => path)).toEqual([]);
    const used = new Set(all.map(({ path }) => tagOf(path)));
    expect(described.filter((name) => !used.has(name))).toEqual([]);
  });

  it('says where repeating does no harm as the client believes it', () => {
    const posts = all.filter(({ method }) => method === 'POST');
    const repeatable = posts.filter(({ repeat }) => repeat);
    const keys = repeatable.map(({ method, path }) => `${method} ${path}`);
    expect([...REPEATABLE_POSTS].sort()).toEqual(keys.sort());
  });

  it('is small enough for one answer', () => {
    expect(JSON.stringify(document).length).toBeLessThan(1_000_000);
  });
});

describe('the examples', () => {
  it('are of operations that are there, and all of them are followed against the stack', () => {
    expect(Object.keys(examples).sort()).toEqual(each.map(([name]) => name).sort());
    expect([...STORY].sort()).toEqual(each.map(([name]) => name).sort());
  });

  it.each(each)('%s has one that fits its schemas', (name, operation) => {
    const example = examples[name] ?? {};
    const { params, query, body, response } = operation;
    const check = (schema: z.ZodType | undefined, value: unknown) => {
      const parsed = schema?.safeParse(value);
      if (parsed && !parsed.success) throw new Error(z.prettifyError(parsed.error));
      return parsed?.data;
    };
    check(params, textual(example.params));
    check(query, textual(example.query ?? {}));
    check(body, example.body);
    expect(check(response.schema, example.answer)).toEqual(example.answer);
    if (response.or) expect(check(response.or.schema, example.or)).toEqual(example.or);
    expect(example.answer !== undefined).toBe(response.schema !== undefined);
  });
});

/** As the values of paths and queries come. */
const textual = (values: object | undefined) =>
  values && Object.fromEntries(Object.entries(values).map(([name, value]) => [name, `${value}`]));

import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import type { Operation } from '#shared/http.ts';
import * as names from '#shared/story.ts';
import { examples } from '../../functions/reference/examples.ts';
import { describeApi, operations } from '../../functions/reference/routes.ts';
import { clientOf } from '../../local/api-client.ts';
import { stack, unique } from '../helpers/stack.ts';
import { PREPARATIONS, STORY } from '../helpers/story.ts';

const skiff = clientOf(stack());

/** What stands in the examples, and what it is here: names of our own, ids that were answered. */
const here = new Map<string, string>(
  [names.MODEL, names.ENDPOINT, names.DATASET, names.POLICY].map((name) => [name, unique(name)]),
);
const translated = <T>(value: T): T => {
  let text = JSON.stringify(value);
  for (const [example, actual] of here) text = text.replaceAll(`"${example}"`, `"${actual}"`);
  for (const [example, actual] of here) text = text.replaceAll(`/${example}"`, `/${actual}"`);
  return JSON.parse(text);
};

/** Ids of an answer take the place of those of its example. */
function learn(example: unknown, actual: unknown): void {
  if (typeof example === 'string' && typeof actual === 'string') {
    if (/^[0-9A-HJKMNP-TV-Z]{26}|^\d{8}T\d{6}Z-\d+m-r\d+$/.test(example)) here.set(example, actual);
  } else if (typeof example === 'object' && typeof actual === 'object' && example && actual) {
    for (const [key, value] of Object.entries(example)) {
      learn(value, (actual as Record<string, unknown>)[key]);
    }
  }
}

async function follow(operation: Operation) {
  const example = examples[operation.operation] ?? {};
  const { params = {}, query = {}, body, headers } = translated(example);
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent(String(params[name])),
  );
  const search = new URLSearchParams(query as Record<string, string>).toString();
  const answer = await skiff.raw(operation.method, search ? `${path}?${search}` : path, {
    body,
    headers: { ...headers },
  });
  learn(example.answer, answer.body);
  learn(example.or, answer.body);
  return answer;
}

/** What is wrong with an answer by what is documented of it. */
function faults(operation: Operation, { status, body }: { status: number; body: unknown }) {
  const { response } = operation;
  const { schema } = status === response.or?.status ? response.or : response;
  if (status !== response.status && status !== response.or?.status) return { status, body };
  if (!schema && response.texts) return typeof body === 'string' ? undefined : { body };
  if (!schema) return body === undefined ? undefined : { undocumented: body };
  const parsed = (schema as z.ZodType).safeParse(body);
  if (!parsed.success) return z.prettifyError(parsed.error);
  // Neither fields that are not described, nor described ones that are left out.
  return isDeepStrictEqual(parsed.data, body) ? undefined : { parsed: parsed.data, body };
}

const document = describeApi();

function documentedHeaders({ path, method }: Operation, status: number): string[] {
  const described = document.paths[path]?.[method.toLowerCase()] as {
    responses: Record<string, { headers: object }>;
  };
  return Object.keys(described.responses[status]?.headers ?? {});
}

describe('the examples of the reference', () => {
  const byName = new Map<string, Operation>(operations.map((o) => [o.operation, o as Operation]));

  it.each(STORY)('%s answers as it is documented', async (name) => {
    const operation = byName.get(name) as Operation;
    await PREPARATIONS[name]?.({ skiff, here });
    const answer = await follow(operation);
    expect(faults(operation, answer)).toBeUndefined();
    const missing = documentedHeaders(operation, answer.status).filter(
      (header) => !answer.headers.has(header),
    );
    expect(missing).toEqual([]);
  });
});

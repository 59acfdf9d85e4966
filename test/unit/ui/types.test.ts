import { describe, expect, it } from '@jest/globals';
import type { Answer, ItemOf, OperationKey, PagedKey } from '#client';
import type * as served from '../../../ui/api/endpoint-types.ts';
import type * as page from '../../../ui/api/types.ts';

/** Does not compile where an answer lacks what the page reads of it. */
type Reads<Shown, _Answered extends Shown> = Shown;
type Items<K extends PagedKey> = ItemOf<K>;

const MODEL = '/api/v1/models/{model}';
const VERSION = `${MODEL}/versions/{version}` as const;
const ENDPOINT = '/api/v1/endpoints/{endpoint}';

type Shown = [
  Reads<page.Model, Answer<`GET ${typeof MODEL}`>>,
  Reads<page.Model, Items<'GET /api/v1/models'>>,
  Reads<page.Alias, Items<`GET ${typeof MODEL}/aliases`>>,
  Reads<page.Version, Answer<`GET ${typeof VERSION}`>>,
  Reads<page.Version, Items<`GET ${typeof MODEL}/versions`>>,
  Reads<page.Validation, Items<`GET ${typeof VERSION}/validations`>>,
  Reads<page.ValidationWithChecks, Answer<`GET ${typeof VERSION}/validations/{validation}`>>,
  Reads<page.Approval, Items<`GET ${typeof VERSION}/approvals`>>,
  Reads<served.Endpoint, Answer<`GET ${typeof ENDPOINT}`>>,
  Reads<served.Endpoint, Items<'GET /api/v1/endpoints'>>,
  Reads<served.Endpoint, Items<`GET ${typeof ENDPOINT}/revisions`>>,
  Reads<served.Traffic, Answer<`GET ${typeof ENDPOINT}/traffic`>>,
  Reads<served.Monitor, Answer<`GET ${typeof ENDPOINT}/monitor`>>,
  Reads<served.ReportSummary, Items<`GET ${typeof ENDPOINT}/reports`>>,
  Reads<served.Rollout, Items<`GET ${typeof ENDPOINT}/rollouts`>>,
];

describe('what the page reads', () => {
  it('is not anything at all', () => {
    // @ts-expect-error where this is no error, the types above have become `any` and hold nothing
    const model: Shown[0] = { name: 5 };
    const key: OperationKey = `GET ${MODEL}`;
    expect([model.name, key]).toEqual([5, 'GET /api/v1/models/{model}']);
  });
});

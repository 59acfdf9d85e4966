import { AppError } from '#core/errors.ts';
import { addressOf, keyIn, questionFor, wantedAt } from './artifact-place.ts';
import { describeError } from './errors.ts';

/*
 * What the host of artifacts does with a request before S3 takes or gives the bytes, which never
 * pass through here: the API is asked whether the caller may, and where the object lies. So tokens,
 * scopes and the rules for paths are the API's own, and this knows none of them.
 */

/** As CloudFront hands them over, by their names in small letters. */
export type EdgeHeaders = Record<string, { key?: string | undefined; value: string }[]>;

export interface EdgeRequest {
  method: string;
  /** As it was sent, percent-encoded. */
  uri: string;
  querystring: string;
  headers: EdgeHeaders;
}

export interface EdgeAnswer {
  readonly status: string;
  readonly headers: EdgeHeaders;
  readonly body: string;
}

/** What CloudFront calls functions with, as far as it matters here. */
export interface EdgeEvent {
  readonly Records: {
    readonly cf: {
      readonly config: { readonly distributionDomainName: string };
      readonly request: EdgeRequest;
      /** Of S3, where it has answered. */
      readonly response?: EdgeResponse;
    };
  }[];
}

export interface EdgeResponse {
  readonly status: string;
  readonly headers: EdgeHeaders;
}

/** Sends a request to the API. @throws where it does not answer in time */
type AskApi = (
  method: string,
  path: string,
  authorization: string,
) => Promise<{ readonly status: number; readonly text: string }>;

/** The function has 5 s before the bytes begin to flow. */
const TIMEOUT_MS = 4000;

/** Called before a request reaches S3, and once S3 has answered. Knows the API's address by `apiOf`. */
export const edgeHandler =
  (apiOf: (host: string) => string) =>
  async ({ Records: [record] }: EdgeEvent) => {
    const { config, request, response } = (record as EdgeEvent['Records'][0]).cf;
    if (response) return tidy(request, response);
    return admit(request, askAt(apiOf(config.distributionDomainName)));
  };

const askAt =
  (api: string): AskApi =>
  async (method, path, authorization) => {
    const answer = await fetch(`${api}${path}`, {
      ...{ method, headers: { authorization }, redirect: 'error' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: answer.status, text: await answer.text() };
  };

/** S3 takes no more in one PUT. */
const MAX_BYTES = 5 * 2 ** 30;

/**
 * What S3 may be told. All else is left out: `x-amz-copy-source` alone would read another
 * workspace's file. Those that CloudFront lets nobody remove are among them.
 */
const PASSED = [
  ...['host', 'via', 'content-length', 'content-type', 'transfer-encoding', 'accept-encoding'],
  ...['range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'],
];

/** What the API is asked for each method: GET and POST answer with a place, the others act. */
const ASKED: Record<string, string> = { GET: 'GET', HEAD: 'GET', PUT: 'POST', DELETE: 'DELETE' };

/** The request for S3; or the answer to it, where S3 has no part in it. */
export async function admit<R extends EdgeRequest>(
  request: R,
  ask: AskApi,
): Promise<R | EdgeAnswer> {
  const asked = ASKED[request.method];
  const wanted = wantedAt(request.uri);
  if (asked === undefined || wanted === undefined) {
    return refuse(new AppError('method-not-allowed', `No API found for ${request.method}`));
  }
  const question = questionFor(wanted);
  if (question instanceof AppError) return refuse(question);
  const bytes = Number(request.headers['content-length']?.[0]?.value ?? 0);
  if (request.method === 'PUT' && bytes > MAX_BYTES) return refuse(tooLarge(bytes));
  // Clients send empty files in chunks, which S3 does not take: the API does.
  if (request.method === 'PUT' && !request.headers['content-length']) return redirect(question);
  const authorization = request.headers.authorization?.[0]?.value;
  if (!authorization) return refuse(new AppError('unauthorized', 'this needs a token'));
  const answer = await ask(asked, question, authorization).catch(note);
  if (!answer) return refuse(new AppError('unavailable', 'the API does not answer: try again'));
  if (answer.status !== 200 || asked === 'DELETE') return relay(answer.status, answer.text);
  return atPlace(request, keyIn(answer.text, wanted));
}

/** By hand: the logger is many times what this function is. The API notes whom it refuses. */
function note(error: Error): undefined {
  const reason = [error.message, (error.cause as Error | undefined)?.message].filter(Boolean);
  const line = { '@timestamp': new Date().toISOString(), 'log.level': 'error' };
  console.error(
    JSON.stringify({
      ...line,
      message: 'the API did not answer',
      'event.reason': reason.join(': '),
    }),
  );
}

const tooLarge = (bytes: number) =>
  new AppError(
    'too-large',
    `${bytes} bytes are more than the 5 GB of one request: set MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD=true, and the client uploads larger files in parts`,
  );

function atPlace<R extends EdgeRequest>(request: R, key: string | undefined): R | EdgeAnswer {
  if (key === undefined) {
    return refuse(new AppError('unavailable', 'the API does not know the place: try again'));
  }
  const headers = Object.fromEntries(
    PASSED.flatMap((name) => (request.headers[name] ? [[name, request.headers[name]]] : [])),
  );
  return { ...request, uri: addressOf(key), querystring: '', headers };
}

const JSON_HEADERS: EdgeHeaders = {
  'content-type': [{ value: 'application/json' }],
  'cache-control': [{ value: 'no-store' }],
};

const relay = (status: number, body: string): EdgeAnswer => ({
  ...{ status: String(status), body },
  headers: { ...JSON_HEADERS, ...(status === 503 && { 'retry-after': [{ value: '1' }] }) },
});

function refuse(error: AppError): EdgeAnswer {
  const { status, body } = describeError(error, '');
  return relay(status, JSON.stringify(body));
}

const redirect = (location: string): EdgeAnswer => ({
  ...{ status: '307', body: '', headers: { ...JSON_HEADERS, location: [{ value: location }] } },
});

/** Of what S3 answers; its others name keys and versions. `via` nobody may remove. */
const TOLD = [
  ...['accept-ranges', 'content-length', 'content-range', 'date', 'etag', 'last-modified'],
  ...['transfer-encoding', 'via'],
];

/**
 * What S3 answered, as clients of MLflow know it. A file is never a page: it comes from whoever may
 * log, and this host has tokens in its requests.
 */
export function tidy<R extends EdgeResponse>(
  { method, uri }: Pick<EdgeRequest, 'method' | 'uri'>,
  response: R,
): R | (R & EdgeAnswer) {
  const kept = TOLD.flatMap((name) =>
    response.headers[name] ? [[name, response.headers[name]] as const] : [],
  );
  const status = Number(response.status);
  if (status < 400 || status === 412) {
    const headers = {
      ...Object.fromEntries(kept),
      'content-type': [{ value: 'application/octet-stream' }],
      'cache-control': [{ value: 'private, no-store' }],
      'x-content-type-options': [{ value: 'nosniff' }],
    };
    return { ...response, headers };
  }
  const fixed = kept.filter(([name]) => name === 'via' || name === 'transfer-encoding');
  const answer = failed(method, status, uri);
  return { ...response, ...answer, headers: { ...Object.fromEntries(fixed), ...answer.headers } };
}

/** Whoever may not list is told 403 of what is not there. */
function failed(method: string, status: number, uri: string): EdgeAnswer {
  if (method !== 'PUT' && (status === 404 || status === 403)) {
    const path = decodeURIComponent(uri.split('/').slice(3).join('/'));
    return refuse(new AppError('not-found', `there is no artifact "${path}"`));
  }
  if (status >= 500 || status === 403) {
    return refuse(new AppError('unavailable', 'storage does not answer right now: try again'));
  }
  const { body } = refuse(new AppError('invalid', 'storage refused what was asked of it'));
  return relay(status, body);
}

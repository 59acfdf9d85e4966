import type { Signature } from '#core/signature/schema.ts';
import type { ServingEndpoint } from '#slices/deployments';
import { PLAIN_ENDPOINT } from '../../functions/inference/plain-endpoint.ts';
import { type Capture, lambdaHost } from '../../functions/inference/realtime/lambda-host.ts';
import {
  createService,
  type InferenceService,
  type ServiceSource,
} from '../../functions/inference/service.ts';
import { artifactOf } from './tiny-model.ts';

export interface Deployed {
  readonly model: Uint8Array;
  readonly signature: Signature;
}

/** The record of an endpoint that serves version 7 of a model. */
export const servingEndpoint = (name: string, { model, signature }: Deployed): ServingEndpoint => ({
  ...PLAIN_ENDPOINT,
  name,
  revision: 3,
  updatedAt: '2026-11-24T00:00:00.000Z',
  variants: [
    {
      name: 'default',
      weight: 100,
      model: 'm',
      version: 7,
      artifact: artifactOf(model),
      signature,
    },
  ],
});

/** An inference service on models in memory. */
export function serviceOf(
  models: Readonly<Record<string, Deployed>>,
  source: Partial<ServiceSource> = {},
  settings: Partial<ServingEndpoint> = {},
): InferenceService {
  const endpoints = new Map(
    Object.entries(models).map(([name, deployed]) => [
      name,
      { ...servingEndpoint(name, deployed), ...settings },
    ]),
  );
  const files = new Map(
    Object.values(models).map(({ model }) => [artifactOf(model).sha256, model]),
  );
  return createService({
    fetchEndpoint: async (name) => endpoints.get(name),
    fetchArtifact: async ({ sha256 }) => files.get(sha256) as Uint8Array,
    warn: () => {},
    functionMegabytes: 1769,
    ...source,
  });
}

export interface Call {
  readonly method?: string;
  readonly path: string;
  /** Text as it is, bytes as base64, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly scopes?: string | undefined;
  /** All that the authoriser says, instead. */
  readonly context?: object;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly bytes: Buffer;
  readonly json: any;
}

export type Client = (call: Call) => Promise<Answer>;

/** Calls the Lambda handler in this process, as API Gateway would; lines go to `lines`. */
export function clientOf(
  service: InferenceService,
  lines: string[] = [],
  capture?: Capture,
): Client {
  const handler = lambdaHost(
    service,
    (head, tail) => void lines.push(Buffer.from(head).toString() + tail),
    capture,
  );
  return async (call) => {
    const result = await handler(eventOf(call) as Parameters<typeof handler>[0]);
    const bytes = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8');
    const text = bytes.toString('utf8');
    return {
      status: result.statusCode as number,
      headers: result.headers ?? {},
      text,
      bytes,
      get json() {
        return JSON.parse(text);
      },
    };
  };
}

function eventOf(call: Call): unknown {
  const { method = 'POST', path, body, headers = {}, scopes = 'predict' } = call;
  const binary = Buffer.isBuffer(body);
  const lambda = call.context ?? (scopes === '' ? undefined : { actor: 'tester', scopes });
  return {
    rawPath: path,
    headers,
    isBase64Encoded: binary,
    ...(body !== undefined && { body: bodyText(body) }),
    requestContext: { requestId: 'request-1', http: { method }, authorizer: { lambda } },
  };
}

function bodyText(body: unknown): string {
  if (Buffer.isBuffer(body)) return body.toString('base64');
  return typeof body === 'string' ? body : JSON.stringify(body);
}

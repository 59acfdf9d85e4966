import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#core/errors.ts';
import { widenBfloat16Edges } from '#core/onnx/bfloat16-edges.ts';
import { createSession, type OnnxSession } from '#shared/onnx.ts';
import type { ServingEndpoint } from '#slices/deployments';
import { DEFAULT_TIMES, Endpoints, type EndpointTimes } from './endpoints.ts';
import type { Invoke } from './remote/call.ts';
import { invokeSageMaker } from './remote/sagemaker.ts';
import { type Router, routerOf } from './route.ts';
import { type Artifact, modelMemory, Sessions } from './sessions.ts';

/** The one inference core; hosts feed it and carry its answers away. */
export interface InferenceService {
  readonly endpoints: Endpoints;
  readonly sessions: Sessions;
  readonly limits: Limits;
  readonly invoke: Invoke;
  /** Models that could not be loaded, by digest. */
  readonly broken: Map<string, { readonly error: unknown; readonly since: number }>;
  readonly now: () => number;
  readonly warn: (message: string, cause: unknown) => void;
}

export interface Limits {
  readonly maxBodyBytes: number;
  readonly maxAnswerBytes: number;
  readonly maxRows: number;
}

/** Lambda carries 6 MB each way, and binary bodies grow by a third on the way (base64). */
export const DEFAULT_LIMITS: Limits = {
  maxBodyBytes: 4_500_000,
  maxAnswerBytes: 5_500_000,
  maxRows: 10_000,
};

export interface ServiceSource {
  readonly fetchEndpoint: (name: string) => Promise<ServingEndpoint | undefined>;
  readonly fetchArtifact: (artifact: Artifact) => Promise<Uint8Array>;
  readonly warn: (message: string, cause: unknown) => void;
  readonly functionMegabytes: number;
  readonly limits?: Limits;
  /** How variants are reached that run elsewhere. */
  readonly invoke?: Invoke;
  readonly times?: EndpointTimes;
  readonly now?: () => number;
}

/** A session whose inputs and outputs are of datatypes that the runtime's binding has. */
export const openModel = (model: Uint8Array): Promise<OnnxSession> =>
  createSession(widenBfloat16Edges(model) ?? model);

export function createService(source: ServiceSource): InferenceService {
  const { fetchEndpoint, fetchArtifact, warn } = source;
  const sessions = new Sessions({
    fetchArtifact,
    createSession: openModel,
    maxBytes: modelMemory(source.functionMegabytes),
  });
  const now = source.now ?? Date.now;
  const endpoints = new Endpoints({
    fetchEndpoint,
    load: (endpoint) => loadAll(sessions, endpoint),
    isLoaded: (endpoint) => artifactsOf(endpoint).every((artifact) => isThere(sessions, artifact)),
    canAnswer: (endpoint) => artifactsOf(endpoint).some((artifact) => isThere(sessions, artifact)),
    now,
    warn,
    times: source.times ?? DEFAULT_TIMES,
  });
  const limits = source.limits ?? DEFAULT_LIMITS;
  const { invoke = invokeSageMaker } = source;
  return { endpoints, sessions, limits, invoke, broken: new Map(), now, warn };
}

/** Of the variants that get traffic; undefined for one that runs elsewhere. */
const artifactsOf = ({ variants }: ServingEndpoint): (Artifact | undefined)[] =>
  variants.filter(({ weight }) => weight > 0).map(({ artifact }) => artifact);

const isThere = (sessions: Sessions, artifact: Artifact | undefined): boolean =>
  !artifact || sessions.has(artifact);

/** One after the other, each on its own: one that cannot be loaded does not hinder the others. */
async function loadAll(sessions: Sessions, endpoint: ServingEndpoint): Promise<void> {
  const errors: unknown[] = [];
  for (const artifact of artifactsOf(endpoint)) {
    if (artifact) await sessions.load(artifact).catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) throw errors[0];
}

/** Loads what an endpoint serves, for so many milliseconds at most; never throws. */
export async function preload(
  { endpoints, sessions, warn }: InferenceService,
  name: string,
  milliseconds: number,
): Promise<void> {
  const loading = endpoints.wait(name).then((endpoint) => loadAll(sessions, endpoint));
  const late = delay(milliseconds, undefined, { ref: false });
  await Promise.race([loading, late]).catch((error: unknown) =>
    warn(`"${name}" could not be loaded in advance`, error),
  );
}

/** What an endpoint serves. The promise is there only when it has to wait. */
export function findRouter(service: InferenceService, name: string): Router | Promise<Router> {
  const known = service.endpoints.peek(name);
  return known ? routerOf(known) : service.endpoints.wait(name).then(routerOf);
}

const BATCH = 'score larger sets in batch, from a file';

export function checkBodySize(service: InferenceService, bytes: number): void {
  const { maxBodyBytes } = service.limits;
  if (bytes <= maxBodyBytes) return;
  throw new AppError('too-large', `the body has ${bytes} bytes, at most ${maxBodyBytes}: ${BATCH}`);
}

export function checkRows(service: InferenceService, rows: number): void {
  const { maxRows } = service.limits;
  if (rows <= maxRows) return;
  throw new AppError('too-large', `${rows} rows, at most ${maxRows}: ${BATCH}`);
}

export function checkAnswerSize(service: InferenceService, body: string | Buffer): void {
  const { maxAnswerBytes } = service.limits;
  // No character takes more than three bytes; most answers need no closer look.
  if (body.length * 3 <= maxAnswerBytes) return;
  const bytes = carriedBytes(body);
  if (bytes <= maxAnswerBytes) return;
  throw new AppError(
    'too-large',
    `the answer has ${bytes} bytes, at most ${maxAnswerBytes}: ask for fewer rows or outputs, or ${BATCH}`,
  );
}

/** As Lambda carries them: text inside a JSON string, where quotes are escaped; bytes as base64. */
function carriedBytes(body: string | Buffer): number {
  if (typeof body !== 'string') return Math.ceil(body.length / 3) * 4;
  let escaped = 0;
  for (let i = 0; i < body.length; i++) {
    const code = body.charCodeAt(i);
    if (code === QUOTE || code === BACKSLASH) escaped++;
  }
  return Buffer.byteLength(body) + escaped;
}

const QUOTE = 34;
const BACKSLASH = 92;

import { connectEarly } from '#shared/aws-read.ts';
import { warmUp } from '#shared/onnx.ts';
import { awsSink } from '../../capture/aws-sink.ts';
import { DEFAULT_CAPTURE_LIMITS, Recorder } from '../../capture/recorder.ts';
import { DEFAULT_TIMES } from '../../endpoints.ts';
import { predictionId } from '../../prediction-id.ts';
import { createService, DEFAULT_LIMITS, preload } from '../../service.ts';
import { fetchArtifact, fetchEndpoint } from '../../store.ts';
import { startCapture } from '../capture-window.ts';
import { lambdaHost } from '../lambda-host.ts';

const number = (value: string | undefined, fallback: number): number => Number(value) || fallback;

/** Lambda gives a function ten seconds to start. */
const PRELOAD_MS = 8_000;

const { TABLE_NAME = '', ARTIFACTS_BUCKET = '', DATA_BUCKET = '', ...env } = process.env;
const functionMegabytes = number(env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE, 1769);
const warn = (message: string, cause: unknown) => console.warn(message, cause);

const service = createService({
  fetchEndpoint: (name) => fetchEndpoint(TABLE_NAME, name),
  fetchArtifact: (artifact) => fetchArtifact(ARTIFACTS_BUCKET, artifact),
  functionMegabytes,
  limits: {
    maxBodyBytes: number(env.SKIFF_MAX_BODY_BYTES, DEFAULT_LIMITS.maxBodyBytes),
    maxAnswerBytes: DEFAULT_LIMITS.maxAnswerBytes,
    maxRows: number(env.SKIFF_MAX_ROWS, DEFAULT_LIMITS.maxRows),
  },
  times: {
    ...DEFAULT_TIMES,
    soft: number(env.SKIFF_ENDPOINT_SOFT_TTL_MS, DEFAULT_TIMES.soft),
    hard: number(env.SKIFF_ENDPOINT_HARD_TTL_MS, DEFAULT_TIMES.hard),
  },
  warn,
});

/** Waited for by preload.mjs; a failure is met again, and answered, by the first request. */
export const ready = env.SKIFF_PRELOAD
  ? preload(service, env.SKIFF_PRELOAD, PRELOAD_MS)
  : undefined;

// Both while Lambda initialises, when the processor is not throttled.
if (ARTIFACTS_BUCKET) connectEarly(ARTIFACTS_BUCKET);
warmUp().catch(() => {
  // The first request meets the same error, and answers it.
});

const recorder = new Recorder({
  sink: awsSink({ table: TABLE_NAME, bucket: DATA_BUCKET }),
  instance: predictionId(Date.now()),
  memoryMb: functionMegabytes,
  now: Date.now,
  warn,
  limits: { age: number(env.SKIFF_CAPTURE_FLUSH_MS, DEFAULT_CAPTURE_LIMITS.age) },
  startMs: Math.round(performance.now()),
});

/** /v2 and below; POST /api/v1/endpoints/{endpoint}/predictions */
export const handler = lambdaHost(service, undefined, startCapture(recorder, warn));

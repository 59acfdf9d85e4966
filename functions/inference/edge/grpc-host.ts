import {
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  type ServerUnaryCall,
  status,
} from '@grpc/grpc-js';
import { AppError, type ErrorCode } from '#core/errors.ts';
import {
  encodeFlag,
  encodeModelMetadata,
  encodeServerMetadata,
  GRPC_TYPE,
  readInferRequest,
  readModelName,
} from '../grpc/messages.ts';
import { errorFields, logLine } from '../host.ts';
import { predictionId } from '../prediction-id.ts';
import type { WireAnswer, WireRequest } from '../wire.ts';
import type { Room } from './room.ts';
import type { Serving } from './serving.ts';

/*
 * The Open Inference Protocol over gRPC: the same requests under the same paths as over HTTP, with
 * their messages in another form.
 */

const CODES: Readonly<Record<ErrorCode, status>> = {
  invalid: status.INVALID_ARGUMENT,
  unauthorized: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  'not-found': status.NOT_FOUND,
  'method-not-allowed': status.UNIMPLEMENTED,
  conflict: status.ABORTED,
  'precondition-failed': status.FAILED_PRECONDITION,
  'too-large': status.RESOURCE_EXHAUSTED,
  unprocessable: status.FAILED_PRECONDITION,
  'bad-gateway': status.UNAVAILABLE,
  unavailable: status.UNAVAILABLE,
  'timed-out': status.DEADLINE_EXCEEDED,
};

export interface GrpcOptions {
  readonly serving: Serving;
  readonly room: Room;
  readonly maxBodyBytes: number;
  readonly log: (line: string) => void;
}

/** Of one connection, at a time. */
const MAX_CALLS = 100;

type Call = ServerUnaryCall<Buffer, Buffer>;
/** What an RPC is as a request over HTTP, and how its answer is written. */
type Rpc = (call: Call, options: GrpcOptions) => Promise<Buffer> | Buffer;

export function grpcServer(options: GrpcOptions): Server {
  const server = new Server({
    'grpc.max_receive_message_length': options.maxBodyBytes,
    // Messages that are still on their way count for nobody: they are so many of a connection.
    'grpc.max_concurrent_streams': MAX_CALLS,
    // The core bounds its answers.
    'grpc.max_send_message_length': -1,
  });
  const definition: Record<string, MethodDefinition<Buffer, Buffer>> = {};
  const handlers: Record<string, handleUnaryCall<Buffer, Buffer>> = {};
  for (const [name, rpc] of Object.entries(RPCS)) {
    definition[name] = { path: `/inference.GRPCInferenceService/${name}`, ...PLAIN };
    handlers[name] = (call, callback) => {
      perform(rpc, call, options).then(
        (message) => callback(null, message),
        (error: unknown) => callback(statusOf(error, options)),
      );
    };
  }
  server.addService(definition, handlers);
  return server;
}

const asItIs = (bytes: Buffer): Buffer => bytes;
const PLAIN = {
  ...{ requestStream: false, responseStream: false },
  ...{ requestSerialize: asItIs, requestDeserialize: asItIs },
  ...{ responseSerialize: asItIs, responseDeserialize: asItIs },
};

async function perform(rpc: Rpc, call: Call, options: GrpcOptions): Promise<Buffer> {
  const held = options.room.hold();
  try {
    held.take(call.request.length);
    return await rpc(call, options);
  } finally {
    held.end();
  }
}

const RPCS: Readonly<Record<string, Rpc>> = {
  ServerLive: () => encodeFlag(true),
  ServerReady: (_, { serving }) => encodeFlag(serving.isReady),
  ServerMetadata: async (call, options) =>
    encodeServerMetadata(jsonOf(await ask(options, requestOf(call, 'GET', ['']))) as never),
  ModelReady: async (call, options) => {
    const path = [...modelPath(readModelName(call.request)), 'ready'];
    try {
      return encodeFlag((await ask(options, requestOf(call, 'GET', path))).status === 200);
    } catch (error) {
      // One that is not there is not ready either: so it is with Triton, and its clients count on it.
      if (error instanceof AppError) return encodeFlag(false);
      throw error;
    }
  },
  ModelMetadata: async (call, options) => {
    const path = modelPath(readModelName(call.request));
    return encodeModelMetadata(jsonOf(await ask(options, requestOf(call, 'GET', path))) as never);
  },
  ModelInfer: async (call, options) => {
    const { form, ...model } = readInferRequest(call.request);
    const path = [...modelPath(model), 'infer'];
    const answer = await ask(options, { ...requestOf(call, 'POST', path), form });
    return answer.body as Buffer;
  },
};

interface Model {
  readonly name: string;
  readonly version: string;
}

function modelPath({ name, version }: Model): string[] {
  if (name === '') throw new AppError('invalid', 'the name of a model is missing');
  return version === '' ? ['models', name] : ['models', name, 'versions', version];
}

function requestOf({ metadata }: Call, method: string, path: readonly string[]): WireRequest {
  const headers = Object.fromEntries(
    Object.entries(metadata.getMap()).map(([name, value]) => [name, String(value)]),
  );
  const id = predictionId(Date.now());
  return { id, method, path: ['', 'v2', ...path], headers, body: '' };
}

/** @throws what the core throws */
async function ask({ serving }: GrpcOptions, request: WireRequest): Promise<WireAnswer> {
  let failed: unknown;
  const { answer } = await serving.answer(request, 'grpc', (error) => {
    failed = error;
    return { status: httpLike(error), contentType: GRPC_TYPE, body: '' };
  });
  if (failed !== undefined) throw failed;
  return answer;
}

/** For counting: whose fault it was. */
const httpLike = (error: unknown): number =>
  error instanceof AppError && error.code !== 'unavailable' ? 400 : 500;

const jsonOf = ({ body }: WireAnswer): unknown => JSON.parse(String(body));

function statusOf(error: unknown, { log }: GrpcOptions) {
  if (error instanceof AppError) return { code: CODES[error.code], details: error.message };
  log(logLine('error', 'prediction failed', errorFields(error)));
  return { code: status.INTERNAL, details: 'something failed on our side: see the log' };
}

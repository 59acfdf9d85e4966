import { join } from 'node:path';
import type * as sdk from '@aws-sdk/client-sagemaker-runtime';
import { AppError } from '#core/errors.ts';
import type { RemoteCall } from './call.ts';

/*
 * Amazon SageMaker's runtime API by the SDK's client. It lies in a layer of its own and is loaded
 * when a variant first needs it, so that it costs the cold start of no one else.
 */

/** By the name that NODE_PATH finds, which `import()` would not look at. */
function load(): typeof sdk {
  const { createRequire } = process.getBuiltinModule('node:module');
  return createRequire(join(process.cwd(), 'any.js'))('@aws-sdk/client-sagemaker-runtime');
}

let loaded: { readonly sdk: typeof sdk; readonly client: sdk.SageMakerRuntimeClient } | undefined;

function runtime() {
  if (loaded) return loaded;
  const module = load();
  // One more attempt, within the time that the variant allows for both.
  const client = new module.SageMakerRuntimeClient({ maxAttempts: 2 });
  loaded = { sdk: module, client };
  return loaded;
}

/** Calls an endpoint and answers the bytes of its answer. @throws AppError */
export async function invokeSageMaker({ variant, remote, body }: RemoteCall): Promise<Uint8Array> {
  const { endpointName, targetVariant, inferenceComponent, contentType, timeoutMs } = remote;
  const { sdk, client } = runtime();
  const command = new sdk.InvokeEndpointCommand({
    EndpointName: endpointName,
    ContentType: contentType,
    Accept: contentType,
    Body: Buffer.from(body, 'utf8'),
    ...(targetVariant && { TargetVariant: targetVariant }),
    ...(inferenceComponent && { InferenceComponentName: inferenceComponent }),
  });
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const { Body } = await client.send(command, { abortSignal: signal });
    return Body ?? new Uint8Array(0);
  } catch (error) {
    throw asAppError(error, { variant, endpointName, timedOut: signal.aborted, timeoutMs });
  }
}

interface Context {
  readonly variant: string;
  readonly endpointName: string;
  readonly timedOut: boolean;
  readonly timeoutMs: number;
}

/** Busy or starting: worth another try, which the client has made once already. */
const BUSY =
  /Throttl|TooManyRequests|ServiceUnavailable|InternalDependency|InternalFailure|NotReady/;

function asAppError(cause: unknown, { variant, endpointName, timedOut, timeoutMs }: Context) {
  const error = cause as sdk.SageMakerRuntimeServiceException & Partial<sdk.ModelError>;
  const where = `the SageMaker endpoint "${endpointName}" of variant "${variant}"`;
  const say = (code: AppError['code'], text: string) =>
    new AppError(code, `${where} ${text}`, { cause });
  if (timedOut) return say('timed-out', `did not answer within ${timeoutMs} ms`);
  if (error.name === 'ModelError') return modelError(error, say);
  const status = error.$metadata?.httpStatusCode;
  if (BUSY.test(error.name) || status === 429) return say('unavailable', 'is busy: try again');
  if (/AccessDenied/.test(error.name)) {
    return say('bad-gateway', 'may not be called: name it in -c sagemakerEndpoints=…');
  }
  if (status !== undefined && status < 500) {
    return say(
      'bad-gateway',
      'is not there, is not in service, or does not take this content type',
    );
  }
  return say('unavailable', 'cannot be reached: try again');
}

const MAX_LENGTH = 300;

/** The container refused the input, or broke on it. Its text goes on only where it refused. */
function modelError(
  { OriginalStatusCode = 500, OriginalMessage = '' }: Partial<sdk.ModelError>,
  say: (code: AppError['code'], text: string) => AppError,
): AppError {
  if (OriginalStatusCode >= 500) {
    return say('bad-gateway', `failed: its container answered ${OriginalStatusCode}`);
  }
  const text = OriginalMessage.replace(/\s+/g, ' ').trim().slice(0, MAX_LENGTH);
  return say('unprocessable', `refuses the input${text && `: ${text}`}`);
}

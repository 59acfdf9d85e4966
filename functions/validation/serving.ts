import type { NamedTensor } from '#core/signature/generate.ts';
import { parseExact } from '#core/tensors/exact-json.ts';
import { encodeJson } from '#core/tensors/json-encode.ts';
import {
  answerOpenInference,
  createService,
  DEFAULT_LIMITS,
  newTrace,
  PLAIN_ENDPOINT,
} from '#slices/inference';
import type { ModelVersion } from '#slices/registry';

/** An output as an answer carries it. */
export interface ServedOutput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly unknown[];
}

export interface Serving {
  /**
   * @param body of an infer request of the Open Inference Protocol
   * @throws AppError what serving refuses it with
   */
  infer(body: string): Promise<readonly ServedOutput[]>;
  /** The same, with the answer as it would be sent. */
  answer(body: string): Promise<string>;
  close(): void;
}

const NAME = 'examined';
/** No carrier bounds them here. */
const MAX_BYTES = 2 ** 28;

/** The serving code itself, on an endpoint that is not on record. */
export function openServing(version: ModelVersion, model: Uint8Array, megabytes: number): Serving {
  const { signature, artifact } = version;
  const variant = { name: 'default', weight: 100, model: version.model, version: version.version };
  const service = createService({
    fetchEndpoint: async () => ({
      ...PLAIN_ENDPOINT,
      name: NAME,
      revision: 1,
      updatedAt: version.createdAt,
      variants: [{ ...variant, artifact, signature }],
    }),
    fetchArtifact: async () => model,
    warn: () => {},
    functionMegabytes: megabytes,
    limits: { ...DEFAULT_LIMITS, maxBodyBytes: MAX_BYTES, maxAnswerBytes: MAX_BYTES },
  });
  const answer = async (body: string) => {
    const path = ['', 'v2', 'models', NAME, 'infer'];
    const request = { id: NAME, method: 'POST', path, headers: {}, body };
    return String((await answerOpenInference(service, request, newTrace(NAME, 0))).body);
  };
  return {
    answer,
    infer: async (body) => (parseExact(await answer(body)) as { outputs: ServedOutput[] }).outputs,
    close: () => service.sessions.clear(),
  };
}

/** The body of a request with these inputs. */
export function requestBody(inputs: readonly NamedTensor[]): string {
  const tensors = inputs.map(({ name, datatype, shape, data }) => {
    const head = JSON.stringify({ name, datatype, shape }).slice(0, -1);
    return `${head},"data":${encodeJson(datatype, data)}}`;
  });
  return `{"inputs":[${tensors.join(',')}]}`;
}

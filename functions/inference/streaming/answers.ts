import type { Output, Target } from '../predict.ts';
import { encodeAnswer } from '../protocols/open-inference-answer.ts';
import type { InferRequest } from '../protocols/open-inference-request.ts';
import { predictionFields } from '../protocols/rows-answer.ts';
import type { Trace } from '../wire.ts';
import type { Decoded } from './decode.ts';

/** What every answer begins with: which record, and who scored it. */
function head({ id, record }: Decoded, { endpoint, variant }: Target, trace: Trace): string {
  const facts = {
    ...{ recordId: id, key: record.key, source: record.id, predictionId: trace.predictionId },
    ...{ endpoint: endpoint.name, revision: endpoint.revision },
    ...{ model: variant.model, modelVersion: variant.version, variant: variant.name },
  };
  return JSON.stringify(facts).slice(0, -1);
}

/** Answers of rows, one for each, with the fields of an answer over HTTP. */
export function rowAnswers(
  target: Target,
  outputs: readonly Output[],
  rows: readonly { readonly decoded: Decoded; readonly trace: Trace }[],
): string[] {
  const fields = predictionFields(target.variant.signature, outputs, rows.length);
  return rows.map(({ decoded, trace }, i) => {
    let text = head(decoded, target, trace);
    for (const field of fields) text += field(i);
    return `${text}}`;
  });
}

/** The answer to an infer request, as over HTTP and in JSON whatever it asked for. */
export function tensorAnswer(
  target: Target,
  outputs: readonly Output[],
  request: InferRequest,
  { decoded, trace }: { readonly decoded: Decoded; readonly trace: Trace },
): string {
  const { body } = encodeAnswer(target, { ...request, isBinary: () => false }, outputs);
  return `${head(decoded, target, trace)},${(body as string).slice(1)}`;
}

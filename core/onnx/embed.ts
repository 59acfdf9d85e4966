import { AppError } from '../errors.ts';
import { ATTRIBUTE, FUNCTION, GRAPH, MODEL, NODE, TENSOR } from './format.ts';
import { inspectModel, type ModelInspection } from './inspect.ts';
import { Cursor, concat, header, quoted } from './protobuf.ts';
import { type ExternalReference, readTensor } from './tensor.ts';

/** A stretch of the artifact: bytes at hand, or a range of a companion file. */
export type Segment =
  | { readonly bytes: Uint8Array }
  | { readonly location: string; readonly offset: number; readonly length: number };

/** How one artifact is put together; size and content are known before any weight is read. */
export interface EmbeddingPlan {
  readonly segments: readonly Segment[];
  readonly sizeBytes: number;
  /** What `inspectModel` finds in the whole. */
  readonly inspection: ModelInspection;
}

/** Protobuf, and so the format, ends here. */
const MAX_BYTES = 2 ** 31 - 1;

type Message = 'model' | 'graph' | 'function' | 'node' | 'attribute' | 'tensor';

/** Where tensors can lie: field numbers that lead from message to message. */
const PATHS: Readonly<Record<Exclude<Message, 'tensor'>, Readonly<Record<number, Message>>>> = {
  model: { [MODEL.graph]: 'graph', [MODEL.functions]: 'function' },
  graph: { [GRAPH.node]: 'node', [GRAPH.initializer]: 'tensor' },
  function: { [FUNCTION.node]: 'node', [FUNCTION.attributeProto]: 'attribute' },
  node: { [NODE.attribute]: 'attribute' },
  attribute: {
    [ATTRIBUTE.tensor]: 'tensor',
    [ATTRIBUTE.graph]: 'graph',
    [ATTRIBUTE.tensors]: 'tensor',
    [ATTRIBUTE.graphs]: 'graph',
  },
};

/**
 * Plans the embedding of external tensors into one file, without reading them: a caller can
 * stream gigabytes through it. Names in the model only ever select one of the given files.
 *
 * @param files sizes in bytes by the location that the model writes
 * @param maxBytes of the whole; tensors may share a range, so it can be more than all files
 * @throws AppError `unprocessable` where a reference does not fit the files, `too-large` beyond
 *   `maxBytes`
 */
export function planEmbedding(
  model: Uint8Array,
  files: ReadonlyMap<string, number>,
  maxBytes = MAX_BYTES,
): EmbeddingPlan {
  for (const location of files.keys()) checkName(location);
  const inspection = inspectModel(model, { allowExternalData: true });
  const wanted = new Set(inspection.externalData.map(({ location }) => location));
  for (const location of wanted) checkName(location);
  checkFiles([...files.keys()], wanted);
  const segments = rebuild(model, 'model', files) ?? [{ bytes: model }];
  const sizeBytes = sizeOf(segments);
  const limit = Math.min(maxBytes, MAX_BYTES);
  if (sizeBytes > limit)
    throw new AppError(
      'too-large',
      `with its weights the model has ${sizeBytes} bytes; at most ${limit} are allowed`,
    );
  return { segments, sizeBytes, inspection: { ...inspection, externalData: [] } };
}

const refused = (why: string) => new AppError('unprocessable', `externalData: ${why}`);

function checkName(location: string): void {
  if (/^[^/\\\p{Cc}]{1,255}$/u.test(location) && location !== '.' && location !== '..') return;
  throw refused(
    `a location is a plain file name, not ${quoted(location)}: save the model with its weights beside it`,
  );
}

function checkFiles(given: readonly string[], wanted: ReadonlySet<string>): void {
  if (wanted.size === 0) throw refused('the model has no weights in other files; leave it out');
  const unused = given.filter((location) => !wanted.has(location));
  if (unused.length === 0) return;
  const names = (locations: Iterable<string>) => [...locations].slice(0, 3).map(quoted).join(', ');
  throw refused(`the model does not name ${names(unused)} but ${names(wanted)}`);
}

/** The message with its external tensors inside; undefined where it has none. */
function rebuild(
  bytes: Uint8Array,
  message: Message,
  files: ReadonlyMap<string, number>,
): Segment[] | undefined {
  if (message === 'tensor') return rebuildTensor(bytes, files);
  const cursor = new Cursor(bytes);
  const segments: Segment[] = [];
  let copied = 0;
  while (cursor.next()) {
    const child = PATHS[message][cursor.field];
    const inside = child && rebuild(cursor.body(), child, files);
    if (!inside) continue;
    if (cursor.start > copied) segments.push({ bytes: bytes.subarray(copied, cursor.start) });
    segments.push({ bytes: header(cursor.field, sizeOf(inside)) });
    for (const segment of inside) segments.push(segment);
    copied = cursor.end;
  }
  if (segments.length === 0) return undefined;
  if (copied < bytes.length) segments.push({ bytes: bytes.subarray(copied) });
  return segments;
}

function rebuildTensor(
  bytes: Uint8Array,
  files: ReadonlyMap<string, number>,
): Segment[] | undefined {
  const { external } = readTensor(bytes, 'a tensor');
  if (!external) return undefined;
  const range = resolve(external, files);
  const cursor = new Cursor(bytes);
  const parts: Uint8Array[] = [];
  while (cursor.next()) if (!REPLACED.has(cursor.field)) parts.push(cursor.raw());
  parts.push(header(TENSOR.rawData, range.length));
  return [{ bytes: concat(parts) }, ...(range.length > 0 ? [range] : [])];
}

/** What says where a tensor's bytes are. */
const REPLACED: ReadonlySet<number> = new Set([
  TENSOR.externalData,
  TENSOR.dataLocation,
  TENSOR.rawData,
]);

function resolve(external: ExternalReference, files: ReadonlyMap<string, number>) {
  const { tensor, location, offset, expectedBytes } = external;
  const size = files.get(location);
  const unfit = (why: string) => refused(`tensor ${quoted(tensor)} ${why}`);
  if (size === undefined) throw unfit(`needs the file ${quoted(location)}, which is not given`);
  const length = external.length ?? expectedBytes;
  if (length !== expectedBytes)
    throw unfit(`needs ${expectedBytes} bytes, its reference has ${length}`);
  if (offset + length > size)
    throw unfit(`ends at ${offset + length}, ${quoted(location)} has ${size} bytes`);
  return { location, offset, length };
}

const sizeOf = (segments: readonly Segment[]): number =>
  segments.reduce(
    (sum, segment) => sum + ('bytes' in segment ? segment.bytes.length : segment.length),
    0,
  );

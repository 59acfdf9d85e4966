import { GRAPH, MODEL, NODE } from './format.ts';
import { bytesField, Cursor, concat, textField, varintField } from './protobuf.ts';

const FLOAT = 1;
const BFLOAT16 = 16;
const INT = 2;

/** What the widened form of an input or output is called. */
export const widenedName = (name: string): string => `${name}/fp32`;

/**
 * Gives every bfloat16 input and output of the main graph a float32 form under `widenedName`, with
 * a Cast between the two, because JavaScript runtimes pass no bfloat16. Nothing is lost: float32
 * holds each bfloat16. The graph inside stays as it is; undefined where there is none.
 */
export function widenBfloat16Edges(bytes: Uint8Array): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  let changed = false;
  const model = new Cursor(bytes);
  while (model.next()) {
    const graph = model.field === MODEL.graph ? widenGraph(model.body()) : undefined;
    changed ||= graph !== undefined;
    parts.push(graph ? bytesField(MODEL.graph, graph) : model.raw());
  }
  return changed ? concat(parts) : undefined;
}

function widenGraph(bytes: Uint8Array): Uint8Array | undefined {
  const before: Uint8Array[] = [];
  const parts: Uint8Array[] = [];
  const after: Uint8Array[] = [];
  const graph = new Cursor(bytes);
  while (graph.next()) {
    const edge = isEdge(graph.field) ? readEdge(graph.body()) : undefined;
    if (!edge) {
      parts.push(graph.raw());
      continue;
    }
    const widened = widenedName(edge.name);
    parts.push(bytesField(graph.field, floatEdge(widened, edge.shape)));
    if (graph.field === GRAPH.input) before.push(cast(widened, edge.name, BFLOAT16));
    else after.push(cast(edge.name, widened, FLOAT));
  }
  const casts = before.length + after.length;
  return casts === 0 ? undefined : concat([...before, ...parts, ...after]);
}

const isEdge = (field: number): boolean => field === GRAPH.input || field === GRAPH.output;

/** Name and shape (a TensorShapeProto field, or nothing) of a bfloat16 ValueInfoProto. */
function readEdge(value: Uint8Array) {
  const name = field(value, 1);
  const tensor = field(field(value, 2) ?? EMPTY, 1);
  if (!name || !tensor) return undefined;
  const cursor = new Cursor(tensor);
  let type = 0;
  let shape: Uint8Array = EMPTY;
  while (cursor.next()) {
    if (cursor.field === 1) type = cursor.number();
    else if (cursor.field === 2) shape = cursor.raw();
  }
  return type === BFLOAT16 ? { name: new TextDecoder().decode(name), shape } : undefined;
}

const EMPTY: Uint8Array = new Uint8Array();

/** Body of the last length-delimited field of a number. */
function field(message: Uint8Array, number: number): Uint8Array | undefined {
  const cursor = new Cursor(message);
  let body: Uint8Array | undefined;
  while (cursor.next()) if (cursor.field === number) body = cursor.body();
  return body;
}

const floatEdge = (name: string, shape: Uint8Array): Uint8Array =>
  concat([
    textField(1, name),
    bytesField(2, bytesField(1, concat([varintField(1, FLOAT), shape]))),
  ]);

function cast(input: string, output: string, to: number): Uint8Array {
  const attribute = concat([textField(1, 'to'), varintField(3, to), varintField(20, INT)]);
  const node = concat([
    textField(NODE.input, input),
    textField(NODE.output, output),
    textField(NODE.opType, 'Cast'),
    bytesField(NODE.attribute, attribute),
  ]);
  return bytesField(GRAPH.node, node);
}

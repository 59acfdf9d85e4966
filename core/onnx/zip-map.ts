import { GRAPH, MODEL, NODE } from './format.ts';
import { bytesField, Cursor, concat, textField, varintField } from './protobuf.ts';

export interface RemovedZipMap {
  readonly output: string;
  readonly classes: readonly string[];
}

const FLOAT = 1;
const IDENTITY_SINCE = 13;

/**
 * Replaces every `ZipMap` of the main graph by an `Identity` on the probabilities, so that the
 * output of the same name is a plain float tensor [N, classes]: no JavaScript runtime reads
 * sequences of maps. Everything else is copied as it is. Undefined where there is none.
 */
export function removeZipMaps(
  bytes: Uint8Array,
): { bytes: Uint8Array; removed: RemovedZipMap[] } | undefined {
  const removed: RemovedZipMap[] = [];
  const parts: Uint8Array[] = [];
  let hasStandardOpset = false;
  const model = new Cursor(bytes);
  while (model.next()) {
    if (model.field === MODEL.graph)
      parts.push(bytesField(MODEL.graph, rewriteGraph(model.body(), removed)));
    else parts.push(model.raw());
    if (model.field === MODEL.opsetImport) hasStandardOpset ||= isStandard(model.body());
  }
  if (removed.length === 0) return undefined;
  if (!hasStandardOpset) parts.push(bytesField(MODEL.opsetImport, varintField(2, IDENTITY_SINCE)));
  return { bytes: concat(parts), removed };
}

function isStandard(opset: Uint8Array): boolean {
  const cursor = new Cursor(opset);
  let domain = '';
  while (cursor.next()) if (cursor.field === 1) domain = cursor.text();
  return domain === '' || domain === 'ai.onnx';
}

function rewriteGraph(bytes: Uint8Array, removed: RemovedZipMap[]): Uint8Array {
  const nodes = new Cursor(bytes);
  const identities = new Map<number, Uint8Array>();
  while (nodes.next()) {
    if (nodes.field !== GRAPH.node) continue;
    const zipMap = readZipMap(nodes.body());
    if (!zipMap) continue;
    const identity = concat([
      textField(NODE.input, zipMap.input),
      textField(NODE.output, zipMap.output),
      textField(NODE.opType, 'Identity'),
    ]);
    identities.set(nodes.start, bytesField(GRAPH.node, identity));
    removed.push({ output: zipMap.output, classes: zipMap.classes });
  }
  if (identities.size === 0) return bytes;
  const parts: Uint8Array[] = [];
  const graph = new Cursor(bytes);
  while (graph.next()) {
    const zipped =
      graph.field === GRAPH.output
        ? removed.find(({ output }) => output === nameOf(graph.body()))
        : undefined;
    if (zipped) parts.push(bytesField(GRAPH.output, probabilities(zipped)));
    else parts.push(identities.get(graph.start) ?? graph.raw());
  }
  return concat(parts);
}

function readZipMap(node: Uint8Array) {
  const cursor = new Cursor(node);
  let [input, output, type, domain] = ['', '', '', ''];
  const classes: string[] = [];
  while (cursor.next()) {
    const { field } = cursor;
    if (field === NODE.input) input = cursor.text();
    else if (field === NODE.output) output = cursor.text();
    else if (field === NODE.opType) type = cursor.text(1024);
    else if (field === NODE.domain) domain = cursor.text(1024);
    else if (field === NODE.attribute) classes.push(...readLabels(cursor.body()));
  }
  return type === 'ZipMap' && domain === 'ai.onnx.ml' ? { input, output, classes } : undefined;
}

function readLabels(attribute: Uint8Array): string[] {
  const cursor = new Cursor(attribute);
  let name = '';
  const labels: string[] = [];
  while (cursor.next()) {
    if (cursor.field === 1) name = cursor.text(1024);
    else if (cursor.field === 9 && name === 'classlabels_strings') labels.push(cursor.text());
    else if (cursor.field === 8 && name === 'classlabels_int64s')
      labels.push(...cursor.varints().map(String));
  }
  return labels;
}

function nameOf(value: Uint8Array): string {
  const cursor = new Cursor(value);
  while (cursor.next()) if (cursor.field === 1) return cursor.text();
  return '';
}

/** A ValueInfoProto: float tensor of any number of rows by the classes. */
function probabilities({ output, classes }: RemovedZipMap): Uint8Array {
  const rows = bytesField(1, new Uint8Array());
  const columns = bytesField(
    1,
    classes.length > 0 ? varintField(1, classes.length) : new Uint8Array(),
  );
  const tensor = concat([varintField(1, FLOAT), bytesField(2, concat([rows, columns]))]);
  return concat([textField(1, output), bytesField(2, bytesField(1, tensor))]);
}

import { holdsLabels, type Labels, readLabels } from './class-labels.ts';
import { ATTRIBUTE, GRAPH, MODEL, NODE } from './format.ts';
import { keepLabels } from './metadata.ts';
import { readOpset } from './opsets.ts';
import { bytesField, Cursor, concat, replaceFields, textField, varintField } from './protobuf.ts';

export interface RemovedZipMap {
  readonly output: string;
  readonly classes: readonly string[];
}

interface ZipMap {
  readonly input: string;
  readonly output: string;
  readonly labels?: Labels | undefined;
}

const FLOAT = 1;
/** Any will do for Identity; this one every exporter of ZipMap knew. */
const STANDARD_OPSET = 13;

/**
 * Replaces every `ZipMap` of the main graph by an `Identity` on the probabilities, so that the
 * output of the same name is a plain float tensor [N, classes]: no JavaScript runtime reads
 * sequences of maps. The labels, which may stand nowhere else, go to the file's metadata;
 * everything else is copied as it is. Undefined where there is no ZipMap.
 *
 * @param bytes of a model that `inspectModel` accepts
 */
export function removeZipMaps(
  bytes: Uint8Array,
): { bytes: Uint8Array; removed: RemovedZipMap[] } | undefined {
  const zipMaps = new Map<string, ZipMap>();
  let hasStandardOpset = false;
  const model = replaceFields(bytes, (cursor) => {
    if (cursor.field === MODEL.opsetImport) {
      hasStandardOpset ||= readOpset(cursor.body()).domain === '';
    }
    const graph = cursor.field === MODEL.graph ? rewriteGraph(cursor.body(), zipMaps) : undefined;
    return graph && bytesField(MODEL.graph, graph);
  });
  if (!model) return undefined;
  const parts = [model];
  if (!hasStandardOpset) parts.push(bytesField(MODEL.opsetImport, varintField(2, STANDARD_OPSET)));
  const kept = keepLabels([...zipMaps.values()]);
  if (kept) parts.push(kept);
  const removed = [...zipMaps.values()].map(({ output, labels }) => ({
    output,
    classes: labels?.labels ?? [],
  }));
  return { bytes: concat(parts), removed };
}

/** The graph without its ZipMaps, which go into the map; undefined where it has none. */
function rewriteGraph(bytes: Uint8Array, zipMaps: Map<string, ZipMap>): Uint8Array | undefined {
  const nodes = new Cursor(bytes);
  while (nodes.next()) {
    const zipMap = nodes.field === GRAPH.node ? readZipMap(nodes.body()) : undefined;
    if (zipMap) zipMaps.set(zipMap.output, zipMap);
  }
  if (zipMaps.size === 0) return undefined;
  return replaceFields(bytes, (cursor) => {
    const { field } = cursor;
    if (field === GRAPH.node) {
      const zipMap = readZipMap(cursor.body());
      return zipMap && identity(zipMap);
    }
    const output = isValue(field) ? zipMaps.get(nameOf(cursor.body())) : undefined;
    return output && bytesField(field, probabilities(output));
  });
}

/** Outputs, and what the exporter noted of values in between. */
const isValue = (field: number): boolean => field === GRAPH.output || field === GRAPH.valueInfo;

function readZipMap(node: Uint8Array): ZipMap | undefined {
  const cursor = new Cursor(node);
  let [input, output, type, domain] = ['', '', '', ''];
  let labels: Labels | undefined;
  while (cursor.next()) {
    const { field } = cursor;
    if (field === NODE.input) input = cursor.text();
    else if (field === NODE.output) output = cursor.text();
    else if (field === NODE.opType) type = cursor.text(1024);
    else if (field === NODE.domain) domain = cursor.text(1024);
    else if (field === NODE.attribute) labels = labelsOf(cursor.body()) ?? labels;
  }
  return type === 'ZipMap' && domain === 'ai.onnx.ml' ? { input, output, labels } : undefined;
}

const labelsOf = (attribute: Uint8Array): Labels | undefined =>
  holdsLabels(textOf(attribute, ATTRIBUTE.name)) ? readLabels(attribute) : undefined;

const nameOf = (value: Uint8Array): string => textOf(value, 1);

function textOf(message: Uint8Array, field: number): string {
  const cursor = new Cursor(message);
  while (cursor.next()) if (cursor.field === field) return cursor.text();
  return '';
}

const identity = ({ input, output }: ZipMap): Uint8Array =>
  bytesField(
    GRAPH.node,
    concat([
      textField(NODE.input, input),
      textField(NODE.output, output),
      textField(NODE.opType, 'Identity'),
    ]),
  );

/** A ValueInfoProto: float tensor of any number of rows by the classes. */
function probabilities({ output, labels }: ZipMap): Uint8Array {
  const rows = bytesField(1, new Uint8Array());
  const columns = bytesField(1, labels ? varintField(1, labels.labels.length) : new Uint8Array());
  const tensor = concat([varintField(1, FLOAT), bytesField(2, concat([rows, columns]))]);
  return concat([textField(1, output), bytesField(2, bytesField(1, tensor))]);
}

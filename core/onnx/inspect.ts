import { AppError } from '../errors.ts';
import type { ClassLabels } from './class-labels.ts';
import { Findings, type Limits, type OperatorCount } from './findings.ts';
import { MODEL } from './format.ts';
import { checkCalls, functionId } from './functions.ts';
import { type Graph, walkFunction, walkMainGraph } from './graph.ts';
import { readEntry, readKeptLabels } from './metadata.ts';
import {
  checkOldest,
  checkOpsets,
  checkVersions,
  type Opset,
  readFunctionOpsets,
  readOpset,
} from './opsets.ts';
import { Cursor, damaged, quoted, refused } from './protobuf.ts';
import { refuseOtherFiles } from './recognise.ts';
import type { ExternalReference } from './tensor.ts';
import type { GraphValue } from './values.ts';

export interface OnnxLimits extends Limits {
  readonly bytes: number;
  readonly metadataBytes: number;
  /** Whether tensors may lie in companion files: only while they are being embedded. */
  readonly allowExternalData: boolean;
}

const DEFAULTS: OnnxLimits = {
  bytes: 2 ** 31 - 1,
  metadataBytes: 2 ** 20,
  nodes: 500_000,
  attributes: 4_000_000,
  tensors: 200_000,
  tensorBytes: 2 ** 31 - 1,
  functions: 10_000,
  values: 100_000,
  names: 2 ** 26,
  depth: 16,
  allowExternalData: false,
};
const MAX_DOC_BYTES = 4096;
/** As long as a signature holds. */
const MAX_NAME = 512;

/** What a model file says of itself, read without any runtime. */
export interface ModelInspection {
  readonly irVersion: number;
  readonly opsets: readonly Opset[];
  readonly producer: { readonly name: string; readonly version: string };
  readonly domain: string;
  readonly modelVersion: number;
  /** At most its first 4096 bytes. */
  readonly docString: string;
  readonly graphName: string;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** With the operators of subgraphs and model-local functions, as does `nodeCount`. */
  readonly operators: readonly OperatorCount[];
  readonly nodeCount: number;
  /** Numbers in all tensors, and their bytes; constants and subgraphs included. */
  readonly parameterCount: number;
  readonly initializerBytes: number;
  /** How deep graphs lie in graphs; 0 where there is only one. */
  readonly depth: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly externalData: readonly ExternalReference[];
  readonly classLabels: readonly ClassLabels[];
}

/**
 * Reads an ONNX file as protobuf and checks what a runtime would trust blindly. Tensor data is not
 * copied or decoded, so that the time depends on the graph and not on the weights.
 *
 * @throws AppError `unprocessable` (`too-large` beyond the limit) with the reason, whatever the
 *   bytes are; nothing else
 */
export function inspectModel(bytes: Uint8Array, limits: Partial<OnnxLimits> = {}): ModelInspection {
  const bounds = { ...DEFAULTS, ...limits };
  refuseOtherFiles(bytes);
  if (bytes.length > bounds.bytes)
    throw new AppError(
      'too-large',
      `the model has ${bytes.length} bytes, at most ${bounds.bytes} are allowed`,
    );
  const model = readModel(bytes, bounds);
  checkVersions(model.facts.irVersion, model.opsets);
  for (const opsets of model.functionOpsets) checkOpsets(opsets);
  const findings = new Findings(bounds, new Set(model.functions.keys()));
  for (const [id, body] of model.functions) walkFunction(body, findings, id);
  const graph = walkMainGraph(model.graph, findings);
  checkCalls(findings);
  checkOldest([model.opsets, ...model.functionOpsets].flat(), findings.operators.values());
  checkEdges(graph);
  if (!bounds.allowExternalData) refuseExternalData(findings.external);
  return { ...model.facts, opsets: model.opsets, ...describe(graph, findings, model.metadata) };
}

function describe(graph: Graph, findings: Findings, metadata: ReadonlyMap<string, string>) {
  const kept = readKeptLabels(metadata);
  return {
    graphName: graph.name,
    inputs: graph.inputs,
    outputs: graph.outputs,
    operators: [...findings.operators.values()],
    nodeCount: findings.counts.nodes,
    parameterCount: findings.parameters,
    initializerBytes: findings.initializerBytes,
    depth: findings.depth,
    metadata: Object.fromEntries(kept.others),
    externalData: findings.external,
    classLabels: [...findings.classLabels, ...kept.classLabels],
  };
}

/** The parts of a ModelProto; graph and functions are not read yet. */
function readModel(bytes: Uint8Array, limits: OnnxLimits) {
  const cursor = new Cursor(bytes);
  const producer = { name: '', version: '' };
  const facts = { irVersion: 0, producer, domain: '', modelVersion: 0, docString: '' };
  const opsets: Opset[] = [];
  const metadata = new Map<string, string>();
  const functions = new Map<string, Uint8Array>();
  let graph: Uint8Array | undefined;
  let metadataBytes = 0;
  while (cursor.next()) {
    const { field } = cursor;
    if (field === MODEL.graph) {
      if (graph) throw refused('it holds two graphs');
      graph = cursor.body();
    } else if (field === MODEL.opsetImport) addOpset(opsets, readOpset(cursor.body()));
    else if (field === MODEL.functions) addFunction(functions, cursor.body(), limits);
    else if (field === MODEL.metadata) {
      metadataBytes += cursor.end - cursor.start;
      if (metadataBytes > limits.metadataBytes)
        throw refused(`its metadata is larger than ${limits.metadataBytes} bytes`);
      metadata.set(...readEntry(cursor.body()));
    } else if (field === MODEL.trainingInfo) {
      throw refused('it holds training graphs; export it for inference');
    } else if (field === MODEL.irVersion) facts.irVersion = cursor.number();
    else if (field === MODEL.producerName) producer.name = cursor.text(4096);
    else if (field === MODEL.producerVersion) producer.version = cursor.text(4096);
    else if (field === MODEL.domain) facts.domain = cursor.text(4096);
    else if (field === MODEL.modelVersion) facts.modelVersion = cursor.number();
    else if (field === MODEL.docString) facts.docString = cursor.excerpt(MAX_DOC_BYTES);
  }
  if (!graph) throw damaged('it holds no graph');
  const functionOpsets = [...functions.values()].map(readFunctionOpsets);
  return { facts, opsets, graph, functions, functionOpsets, metadata };
}

const MAX_OPSETS = 1000;

function addOpset(opsets: Opset[], opset: Opset): void {
  if (opsets.length === MAX_OPSETS) throw refused(`it names more than ${MAX_OPSETS} operator sets`);
  opsets.push(opset);
}

function addFunction(
  functions: Map<string, Uint8Array>,
  body: Uint8Array,
  { functions: max }: Limits,
): void {
  if (functions.size === max) throw refused(`it has more than ${max} functions of its own`);
  const id = functionId(body);
  if (functions.has(id)) throw refused(`it defines the function ${quoted(id)} twice`);
  functions.set(id, body);
}

/** @throws AppError where a caller could not address or fill them */
function checkEdges({ inputs, outputs }: Graph): void {
  if (outputs.length === 0) throw refused('its graph has no outputs');
  if (inputs.length === 0) throw refused('its graph has no inputs');
  const unranked = inputs.find(({ datatype, shape }) => datatype && !shape);
  if (unranked) {
    throw refused(
      `its input ${quoted(unranked.name)} has no shape: export it with its axes, sizes or names`,
    );
  }
  for (const values of [inputs, outputs]) {
    const names = values.map(({ name }) => name);
    for (const name of names) checkName(name);
    if (new Set(names).size !== names.length)
      throw refused('two inputs or two outputs have the same name');
  }
}

function checkName(name: string): void {
  if (name === '') throw refused('an input or output has no name');
  const hint = 'rename the input or output';
  if (name.length > MAX_NAME) {
    throw refused(`the name ${quoted(name)}… is longer than ${MAX_NAME} characters: ${hint}`);
  }
  // The decoder writes U+FFFD where bytes are no text.
  if (/[\p{Cc}\uFFFD]/u.test(name)) {
    throw refused(`the name ${quoted(name)} holds characters that cannot be sent: ${hint}`);
  }
}

function refuseExternalData(references: readonly ExternalReference[]): void {
  if (references.length === 0) return;
  const locations = new Set(references.map(({ location }) => location));
  const files = [...locations].slice(0, 3).map(quoted).join(', ');
  throw refused(
    `its weights lie in another file (${files}): upload that too and name it in externalData`,
  );
}

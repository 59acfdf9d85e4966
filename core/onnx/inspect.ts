import { AppError } from '../errors.ts';
import { MICROSOFT_OPERATORS, MODEL, NEWEST } from './format.ts';
import {
  type ClassLabels,
  Findings,
  functionId,
  type GraphValue,
  type Limits,
  operatorId,
  walkFunction,
  walkGraph,
} from './graph.ts';
import { Cursor, damaged } from './protobuf.ts';
import { refuseOtherFiles } from './recognise.ts';
import type { ExternalReference } from './tensor.ts';

export interface OnnxLimits extends Limits {
  readonly maxBytes: number;
  readonly maxMetadataBytes: number;
  /** Whether tensors may lie in companion files: only while they are being embedded. */
  readonly allowExternalData: boolean;
}

const DEFAULTS: OnnxLimits = {
  maxBytes: 2 ** 31 - 1,
  maxNodes: 500_000,
  maxTensors: 200_000,
  maxDepth: 16,
  maxMetadataBytes: 2 ** 20,
  allowExternalData: false,
};

/** What a model file says of itself, read without any runtime. */
export interface ModelInspection {
  readonly irVersion: number;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly producer: { readonly name: string; readonly version: string };
  readonly graphName: string;
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** With the operators of subgraphs and model-local functions. */
  readonly operators: readonly {
    readonly domain: string;
    readonly name: string;
    readonly count: number;
  }[];
  readonly nodeCount: number;
  readonly parameterCount: number;
  readonly initializerBytes: number;
  readonly depth: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly externalData: readonly ExternalReference[];
  readonly classLabels: readonly ClassLabels[];
}

const refused = (why: string) => new AppError('unprocessable', `the model was refused: ${why}`);

/**
 * Reads an ONNX file as protobuf and checks what a runtime would trust blindly. Tensor data is not
 * copied or decoded, so that the time depends on the graph and not on the weights.
 *
 * @throws AppError `unprocessable` with the reason, whatever the bytes are
 */
export function inspectModel(bytes: Uint8Array, limits: Partial<OnnxLimits> = {}): ModelInspection {
  const bounds = { ...DEFAULTS, ...limits };
  refuseOtherFiles(bytes);
  if (bytes.length > bounds.maxBytes)
    throw new AppError(
      'too-large',
      `the model has ${bytes.length} bytes, at most ${bounds.maxBytes} are allowed`,
    );
  const model = readModel(bytes, bounds);
  checkVersions(model.irVersion, model.opsets);
  const findings = new Findings(bounds);
  for (const body of model.functions) walkFunction(body, findings);
  const graph = walkGraph(model.graph, findings, 0);
  checkOperators(findings, new Set(model.functions.map(functionId)));
  checkEdges(graph.inputs, graph.outputs);
  if (findings.external.length > 0 && !bounds.allowExternalData)
    throw externalData(findings.external);
  return {
    irVersion: model.irVersion,
    opsets: model.opsets,
    producer: model.producer,
    graphName: graph.name,
    inputs: graph.inputs,
    outputs: graph.outputs,
    operators: [...findings.operators.values()],
    nodeCount: findings.nodes,
    parameterCount: findings.parameters,
    initializerBytes: findings.initializerBytes,
    depth: findings.depth,
    metadata: model.metadata,
    externalData: findings.external,
    classLabels: findings.classLabels,
  };
}

function readModel(bytes: Uint8Array, { maxMetadataBytes }: OnnxLimits) {
  const cursor = new Cursor(bytes);
  const opsets: { domain: string; version: number }[] = [];
  const metadata: [string, string][] = [];
  const functions: Uint8Array[] = [];
  const producer = { name: '', version: '' };
  let graph: Uint8Array | undefined;
  let [irVersion, metadataBytes] = [0, 0];
  while (cursor.next()) {
    const { field } = cursor;
    if (field === MODEL.irVersion) irVersion = cursor.number();
    else if (field === MODEL.producerName) producer.name = cursor.text(4096);
    else if (field === MODEL.producerVersion) producer.version = cursor.text(4096);
    else if (field === MODEL.opsetImport) opsets.push(readOpset(cursor.body()));
    else if (field === MODEL.functions) functions.push(cursor.body());
    else if (field === MODEL.trainingInfo)
      throw refused('it holds training graphs; export it for inference');
    else if (field === MODEL.metadata) {
      metadataBytes += cursor.body().length;
      if (metadataBytes > maxMetadataBytes)
        throw refused(`its metadata is larger than ${maxMetadataBytes} bytes`);
      metadata.push(readEntry(cursor.body()));
    } else if (field === MODEL.graph) {
      if (graph) throw refused('it holds two graphs');
      graph = cursor.body();
    }
  }
  if (!graph) throw damaged('it holds no graph');
  return { irVersion, opsets, producer, graph, functions, metadata: toRecord(metadata) };
}

/** Without a prototype's names becoming special. */
const toRecord = (entries: [string, string][]): Record<string, string> =>
  Object.fromEntries(entries.filter(([key]) => key !== '__proto__'));

function readOpset(bytes: Uint8Array) {
  const cursor = new Cursor(bytes);
  let [domain, version] = ['', 0];
  while (cursor.next()) {
    if (cursor.field === 1) domain = cursor.text(1024);
    else if (cursor.field === 2) version = cursor.number();
  }
  return { domain: domain === 'ai.onnx' ? '' : domain, version };
}

function readEntry(bytes: Uint8Array): [string, string] {
  const cursor = new Cursor(bytes);
  let [key, value] = ['', ''];
  while (cursor.next()) {
    if (cursor.field === 1) key = cursor.text(1024);
    else if (cursor.field === 2) value = cursor.text(2 ** 20);
  }
  return [key, value];
}

function checkVersions(
  irVersion: number,
  opsets: readonly { domain: string; version: number }[],
): void {
  if (irVersion < 3 || irVersion > NEWEST.irVersion) {
    throw refused(
      `its IR version is ${irVersion}; 3 to ${NEWEST.irVersion} can be loaded: export it with another version of onnx`,
    );
  }
  if (opsets.length === 0) throw damaged('it names no operator set');
  for (const { domain, version } of opsets) {
    const newest =
      domain === '' ? NEWEST.opset : domain === 'ai.onnx.ml' ? NEWEST.mlOpset : undefined;
    if (newest === undefined || (version >= 1 && version <= newest)) continue;
    throw refused(
      `it needs operator set ${version} of "${domain || 'ai.onnx'}"; up to ${newest} can be loaded: export it with a lower opset`,
    );
  }
}

function checkOperators({ operators, calls }: Findings, functions: ReadonlySet<string>): void {
  for (const { domain, name } of operators.values()) {
    if (functions.has(operatorId(domain, name)) || domain === '' || domain === 'ai.onnx.ml')
      continue;
    if (domain === 'com.microsoft' && MICROSOFT_OPERATORS.has(name)) continue;
    throw refused(
      `the operator "${domain}.${name}" is not on the list of allowed ones; rebuild the model with standard operators`,
    );
  }
  const state = new Map<string, 'open' | 'done'>();
  const visit = (id: string): void => {
    if (state.get(id) === 'done') return;
    if (state.get(id) === 'open') throw refused(`its function "${id}" calls itself`);
    state.set(id, 'open');
    for (const callee of calls.get(id) ?? []) if (functions.has(callee)) visit(callee);
    state.set(id, 'done');
  };
  for (const id of functions) visit(id);
}

function checkEdges(inputs: readonly GraphValue[], outputs: readonly GraphValue[]): void {
  if (outputs.length === 0) throw refused('its graph has no outputs');
  if (inputs.length === 0) throw refused('its graph has no inputs');
  for (const values of [inputs, outputs]) {
    const names = values.map(({ name }) => name);
    if (names.some((name) => !name)) throw refused('an input or output has no name');
    if (new Set(names).size !== names.length)
      throw refused('two inputs or two outputs have the same name');
  }
}

function externalData(references: readonly ExternalReference[]): AppError {
  const files = [...new Set(references.map(({ location }) => location))].slice(0, 3).join(', ');
  return refused(
    `its weights lie in another file (${files}): upload that too and name it in externalData`,
  );
}

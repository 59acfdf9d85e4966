import { AppError } from '../errors.ts';
import type { Dimension } from '../signature/schema.ts';
import type { Datatype } from '../tensors/datatypes.ts';
import { ATTRIBUTE, ELEMENT_TYPES, FUNCTION, GRAPH, NODE } from './format.ts';
import { Cursor } from './protobuf.ts';
import { type ExternalReference, readTensor } from './tensor.ts';

export interface GraphValue {
  readonly name: string;
  /** Undefined where it is no tensor of a type that can be sent: then `kind` says what it is. */
  readonly datatype?: Datatype;
  readonly kind: string;
  readonly shape: readonly Dimension[];
}

export interface Limits {
  readonly maxNodes: number;
  readonly maxTensors: number;
  readonly maxDepth: number;
}

/** Names of classes, found in the attributes of a classifier or ZipMap. */
export interface ClassLabels {
  readonly operator: string;
  readonly outputs: readonly string[];
  readonly labels: readonly string[];
}

/** What is found while the whole file is walked once. */
export class Findings {
  readonly operators = new Map<string, { domain: string; name: string; count: number }>();
  readonly external: ExternalReference[] = [];
  readonly classLabels: ClassLabels[] = [];
  /** Calls from model-local functions, to find recursion. */
  readonly calls = new Map<string, Set<string>>();
  nodes = 0;
  tensors = 0;
  parameters = 0;
  initializerBytes = 0;
  depth = 0;
  readonly limits: Limits;

  constructor(limits: Limits) {
    this.limits = limits;
  }
}

const refused = (why: string) => new AppError('unprocessable', `the model was refused: ${why}`);
const SPARSE = 'it holds sparse tensors, which can make the runtime read files; store them dense';

/** Checks a graph with everything below it. Answers its inputs and outputs. */
export function walkGraph(bytes: Uint8Array, findings: Findings, depth: number, caller?: string) {
  if (depth > findings.limits.maxDepth)
    throw refused(`graphs are nested more than ${findings.limits.maxDepth} deep`);
  findings.depth = Math.max(findings.depth, depth);
  const cursor = new Cursor(bytes);
  const [inputs, outputs]: [GraphValue[], GraphValue[]] = [[], []];
  const initializers = new Set<string>();
  let name = '';
  while (cursor.next()) {
    const { field } = cursor;
    if (field === GRAPH.node) walkNode(cursor.body(), findings, depth, caller);
    else if (field === GRAPH.name) name = cursor.text();
    else if (field === GRAPH.initializer)
      initializers.add(addTensor(cursor.body(), findings, name));
    else if (field === GRAPH.input) inputs.push(readValue(cursor.body()));
    else if (field === GRAPH.output) outputs.push(readValue(cursor.body()));
    else if (field === GRAPH.sparseInitializer) throw refused(SPARSE);
  }
  return { name, inputs: inputs.filter((input) => !initializers.has(input.name)), outputs };
}

/** Checks a model-local function. Answers domain and name. */
export function walkFunction(bytes: Uint8Array, findings: Findings): void {
  const cursor = new Cursor(bytes);
  const id = functionId(bytes);
  while (cursor.next()) {
    if (cursor.field === FUNCTION.node) walkNode(cursor.body(), findings, 1, id);
    else if (cursor.field === FUNCTION.attributeProto)
      walkAttribute(cursor.body(), findings, 1, id);
  }
}

export function functionId(bytes: Uint8Array): string {
  const cursor = new Cursor(bytes);
  let [name, domain] = ['', ''];
  while (cursor.next()) {
    if (cursor.field === FUNCTION.name) name = cursor.text();
    else if (cursor.field === FUNCTION.domain) domain = cursor.text();
  }
  return operatorId(domain, name);
}

export const operatorId = (domain: string, name: string): string =>
  `${domain === 'ai.onnx' ? '' : domain}:${name}`;

function walkNode(
  bytes: Uint8Array,
  findings: Findings,
  depth: number,
  caller: string | undefined,
): void {
  findings.nodes++;
  if (findings.nodes > findings.limits.maxNodes)
    throw refused(`it has more than ${findings.limits.maxNodes} nodes`);
  const cursor = new Cursor(bytes);
  let [name, domain] = ['', ''];
  const outputs: string[] = [];
  const labels: string[] = [];
  while (cursor.next()) {
    const { field } = cursor;
    if (field === NODE.opType) name = cursor.text(1024);
    else if (field === NODE.domain) domain = cursor.text(1024);
    else if (field === NODE.output) outputs.push(cursor.text());
    else if (field === NODE.attribute)
      labels.push(...walkAttribute(cursor.body(), findings, depth, caller));
  }
  const id = operatorId(domain, name);
  const known = findings.operators.get(id) ?? {
    domain: domain === 'ai.onnx' ? '' : domain,
    name,
    count: 0,
  };
  known.count++;
  findings.operators.set(id, known);
  if (caller) findings.calls.set(caller, (findings.calls.get(caller) ?? new Set()).add(id));
  if (labels.length > 0 && depth === 0)
    findings.classLabels.push({ operator: name, outputs, labels });
}

const LABELS = /^classlabels_(strings|int64s|ints)$/;
const MAX_CLASSES = 100_000;

/** Answers class labels where the attribute lists them. */
function walkAttribute(
  bytes: Uint8Array,
  findings: Findings,
  depth: number,
  caller: string | undefined,
): string[] {
  const cursor = new Cursor(bytes);
  let name = '';
  const labels: string[] = [];
  while (cursor.next()) {
    const { field } = cursor;
    if (field === ATTRIBUTE.name) name = cursor.text(1024);
    else if (field === ATTRIBUTE.tensor || field === ATTRIBUTE.tensors)
      addTensor(cursor.body(), findings, name);
    else if (field === ATTRIBUTE.graph || field === ATTRIBUTE.graphs)
      walkGraph(cursor.body(), findings, depth + 1, caller);
    else if (field === ATTRIBUTE.sparseTensor || field === ATTRIBUTE.sparseTensors)
      throw refused(SPARSE);
    else if (LABELS.test(name) && labels.length < MAX_CLASSES) {
      if (field === ATTRIBUTE.strings) labels.push(cursor.text());
      else if (field === ATTRIBUTE.ints) labels.push(...cursor.varints().map(String));
    }
  }
  return labels;
}

function addTensor(bytes: Uint8Array, findings: Findings, where: string): string {
  findings.tensors++;
  if (findings.tensors > findings.limits.maxTensors)
    throw refused(`it has more than ${findings.limits.maxTensors} tensors`);
  const tensor = readTensor(bytes, where);
  findings.parameters += tensor.elements;
  findings.initializerBytes += tensor.bytes;
  if (tensor.external) findings.external.push(tensor.external);
  return tensor.name;
}

/** A ValueInfoProto: name, type and shape. */
function readValue(bytes: Uint8Array): GraphValue {
  const cursor = new Cursor(bytes);
  let name = '';
  let type: Omit<GraphValue, 'name'> = { kind: 'value without a type', shape: [] };
  while (cursor.next()) {
    if (cursor.field === 1) name = cursor.text();
    else if (cursor.field === 2) type = readType(cursor.body());
  }
  return { name, ...type };
}

const KINDS: Readonly<Record<number, string>> = {
  4: 'sequence',
  5: 'map',
  7: 'opaque value',
  8: 'sparse tensor',
  9: 'optional',
};

function readType(bytes: Uint8Array): Omit<GraphValue, 'name'> {
  const cursor = new Cursor(bytes);
  while (cursor.next()) {
    if (cursor.field === 1) return readTensorType(cursor.body());
    const kind = KINDS[cursor.field];
    if (kind) return { kind, shape: [] };
  }
  return { kind: 'value without a type', shape: [] };
}

function readTensorType(bytes: Uint8Array): Omit<GraphValue, 'name'> {
  const cursor = new Cursor(bytes);
  let elementType = 0;
  let shape: Dimension[] = [];
  while (cursor.next()) {
    if (cursor.field === 1) elementType = cursor.number();
    else if (cursor.field === 2) shape = readShape(cursor.body());
  }
  const element = ELEMENT_TYPES[elementType];
  const kind = `tensor of ${element?.name ?? `unknown type ${elementType}`}`;
  return element?.datatype ? { datatype: element.datatype, kind, shape } : { kind, shape };
}

const MAX_RANK = 16;

function readShape(bytes: Uint8Array): Dimension[] {
  const shape: Dimension[] = [];
  const cursor = new Cursor(bytes);
  while (cursor.next()) {
    if (cursor.field !== 1) continue;
    if (shape.length === MAX_RANK)
      throw refused(`an input or output has more than ${MAX_RANK} dimensions`);
    shape.push(readDimension(cursor.body()));
  }
  return shape;
}

function readDimension(bytes: Uint8Array): Dimension {
  const cursor = new Cursor(bytes);
  let dimension: Dimension = -1;
  while (cursor.next()) {
    if (cursor.field === 1) {
      dimension = cursor.number();
      if (dimension < -1 || !Number.isSafeInteger(dimension))
        throw refused(`an input or output has the dimension ${dimension}`);
    } else if (cursor.field === 2) {
      dimension = cursor.text(256) || -1;
    }
  }
  return dimension;
}

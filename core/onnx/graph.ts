import { holdsLabels, type Labels, readLabels } from './class-labels.ts';
import { type Findings, MAIN, operatorId } from './findings.ts';
import {
  ATTRIBUTE,
  canonicalDomain,
  FUNCTION,
  GRAPH,
  MICROSOFT_OPERATORS,
  NODE,
} from './format.ts';
import { Cursor, quoted, refused } from './protobuf.ts';
import { readTensor } from './tensor.ts';
import { type GraphValue, readValue } from './values.ts';

/** Where in the file the reader is. */
export interface Place {
  /** For messages. */
  readonly label: string;
  readonly depth: number;
  /** The function that the nodes belong to. */
  readonly scope: string;
}

export interface Graph {
  readonly name: string;
  /** Those that a caller gives: an initialiser is no input. */
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
}

const sparse = (where: string) =>
  refused(
    `${where} holds a sparse tensor, which can make the runtime read files; store it as a dense one`,
  );

/**
 * Checks the main graph with everything below it.
 *
 * @throws AppError `unprocessable` naming what was found and where
 */
export function walkMainGraph(bytes: Uint8Array, findings: Findings): Graph {
  const graph = walkGraph(bytes, findings, { label: 'the graph', depth: 0, scope: MAIN });
  const orphan = graph.outputs.find(({ name }) => !graph.defined.has(name));
  if (orphan) throw refused(`no node gives its output ${quoted(orphan.name)}`);
  return graph;
}

/** Checks the nodes of a model-local function. */
export function walkFunction(bytes: Uint8Array, findings: Findings, id: string): void {
  findings.add('functions');
  const place = { label: `the function ${quoted(id)}`, depth: 0, scope: id };
  const cursor = new Cursor(bytes);
  while (cursor.next()) {
    if (cursor.field === FUNCTION.node) walkNode(cursor.body(), findings, place);
    else if (cursor.field === FUNCTION.attributeProto) {
      walkAttribute(cursor.body(), findings, place);
    }
  }
}

function walkGraph(bytes: Uint8Array, findings: Findings, place: Place) {
  const { depth } = findings.limits;
  if (place.depth > depth) throw refused(`graphs are nested more than ${depth} deep`);
  findings.depth = Math.max(findings.depth, place.depth);
  const [inputs, outputs]: [GraphValue[], GraphValue[]] = [[], []];
  const initializers = new Set<string>();
  const defined = new Set<string>();
  let name = '';
  const cursor = new Cursor(bytes);
  while (cursor.next()) {
    const { field } = cursor;
    if (field === GRAPH.node) {
      for (const output of walkNode(cursor.body(), findings, place)) define(defined, output, place);
    } else if (field === GRAPH.name) name = cursor.text();
    else if (field === GRAPH.initializer) {
      define(initializers, addTensor(cursor.body(), findings, place), place);
    } else if (field === GRAPH.input) inputs.push(addValue(cursor.body(), findings));
    else if (field === GRAPH.output) outputs.push(addValue(cursor.body(), findings));
    else if (field === GRAPH.sparseInitializer) throw sparse(place.label);
  }
  for (const initializer of initializers) define(defined, initializer, place);
  const given = inputs.filter((input) => !initializers.has(input.name));
  for (const input of given) define(defined, input.name, place);
  return { name, inputs: given, outputs, defined };
}

function define(names: Set<string>, name: string, { label }: Place): void {
  if (names.has(name)) throw refused(`two values of ${label} have the same name ${quoted(name)}`);
  names.add(name);
}

function addValue(bytes: Uint8Array, findings: Findings): GraphValue {
  findings.add('values');
  const value = readValue(bytes);
  findings.keep(value.name);
  return value;
}

function addTensor(bytes: Uint8Array, findings: Findings, { label, scope }: Place): string {
  findings.add('tensors');
  const tensor = readTensor(bytes, `a tensor of ${label}`);
  findings.scope(scope).tensorBytes += tensor.bytes;
  findings.parameters += tensor.elements;
  findings.initializerBytes += tensor.bytes;
  if (tensor.external) {
    findings.keep(tensor.external.location);
    findings.external.push(tensor.external);
  }
  return findings.keep(tensor.name);
}

/** Answers the names of the node's outputs. */
function walkNode(bytes: Uint8Array, findings: Findings, place: Place): readonly string[] {
  findings.add('nodes');
  const cursor = new Cursor(bytes);
  let [name, type, domain, overload] = ['', '', '', ''];
  const outputs: string[] = [];
  let labels: Labels | undefined;
  while (cursor.next()) {
    const { field } = cursor;
    if (field === NODE.name) name = cursor.text();
    else if (field === NODE.opType) type = cursor.text(1024);
    else if (field === NODE.domain) domain = cursor.text(1024);
    else if (field === NODE.overload) overload = cursor.text(1024);
    else if (field === NODE.output) {
      const output = cursor.text();
      // An optional output that is not asked for has no name.
      if (output) outputs.push(findings.keep(output));
    } else if (field === NODE.attribute) {
      labels = walkAttribute(cursor.body(), findings, place, name || outputs[0]) ?? labels;
    }
  }
  addCall({ domain, type, overload, name: name || outputs[0] }, findings, place);
  if (labels && place.scope === MAIN && place.depth === 0) {
    for (const label of labels.labels) findings.keep(label);
    findings.classLabels.push({ operator: type, outputs, ...labels });
  }
  return outputs;
}

interface Call {
  readonly domain: string;
  readonly type: string;
  readonly overload: string;
  readonly name: string | undefined;
}

function addCall({ domain, type, overload, name }: Call, findings: Findings, place: Place): void {
  findings.addOperator(domain, type);
  const scope = findings.scope(place.scope);
  scope.nodes++;
  const id = operatorId(domain, type, overload);
  if (findings.functions.has(id)) {
    const { times = 0, depth = 0 } = scope.calls.get(id) ?? {};
    scope.calls.set(id, { times: times + 1, depth: Math.max(depth, place.depth) });
  } else if (!isAllowed(canonicalDomain(domain), type)) {
    const full = quoted(`${domain}.${type}`);
    throw refused(
      `the operator ${full} is not on the list of allowed ones (node ${quoted(name ?? '')} in ${place.label}); rebuild the model with standard operators`,
    );
  }
}

const isAllowed = (domain: string, type: string): boolean =>
  ((domain === '' || domain === 'ai.onnx.ml') && type !== '') ||
  (domain === 'com.microsoft' && MICROSOFT_OPERATORS.has(type));

/** Answers class labels where the attribute lists them. */
function walkAttribute(
  bytes: Uint8Array,
  findings: Findings,
  place: Place,
  node = '',
): Labels | undefined {
  findings.add('attributes');
  const cursor = new Cursor(bytes);
  let name = '';
  while (cursor.next()) {
    const { field } = cursor;
    if (field === ATTRIBUTE.name) name = cursor.text(1024);
    else if (field === ATTRIBUTE.tensor || field === ATTRIBUTE.tensors) {
      const label = `the attribute ${quoted(name)} of node ${quoted(node)}`;
      addTensor(cursor.body(), findings, { ...place, label });
    } else if (field === ATTRIBUTE.graph || field === ATTRIBUTE.graphs) {
      const label = `${quoted(name)} of node ${quoted(node)}`;
      walkGraph(cursor.body(), findings, { ...place, label, depth: place.depth + 1 });
    } else if (field === ATTRIBUTE.sparseTensor || field === ATTRIBUTE.sparseTensors) {
      throw sparse(`node ${quoted(node)} in ${place.label}`);
    }
  }
  return holdsLabels(name) ? readLabels(bytes) : undefined;
}

import { licenceOf } from './licences.ts';

/** What a bill of materials of a model is made from; undefined and empty parts are left out. */
export interface BomFacts {
  readonly name: string;
  readonly version: string;
  /** When the document was made. */
  readonly timestamp: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly description?: string | undefined;
  readonly owner?: string | undefined;
  /** An SPDX identifier or any other name. */
  readonly licence?: string | undefined;
  readonly task?: string | undefined;
  readonly irVersion: number;
  readonly producer: { readonly name: string; readonly version: string };
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly operators: readonly {
    readonly domain: string;
    readonly name: string;
    readonly count: number;
  }[];
  readonly parameterCount: number;
  readonly inputs: readonly TensorFacts[];
  readonly outputs: readonly TensorFacts[];
  readonly datasets: readonly DatasetFacts[];
  /** Python packages of the training environment: name to version. */
  readonly packages: Readonly<Record<string, string>>;
  readonly metrics: readonly MetricFacts[];
  readonly considerations?: ConsiderationFacts | undefined;
}

export interface TensorFacts {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly (number | string)[];
}

export interface DatasetFacts {
  readonly name: string;
  readonly digest: string;
  readonly role: string;
  readonly source?: string | undefined;
  readonly licence?: string | undefined;
  readonly rows?: number | undefined;
}

export interface MetricFacts {
  readonly type: string;
  readonly value: number;
  readonly slice?: string | undefined;
  readonly interval?: { readonly lower: number; readonly upper: number } | undefined;
}

export interface ConsiderationFacts {
  readonly users: readonly string[];
  readonly useCases: readonly string[];
  readonly limitations: readonly string[];
  readonly tradeoffs: readonly string[];
  readonly ethical: readonly { readonly name: string; readonly mitigation?: string | undefined }[];
  readonly groupsAtRisk: readonly { readonly group: string; readonly harms: string }[];
}

type Json = Record<string, unknown>;

/** A CycloneDX 1.6 ML-BOM (https://cyclonedx.org/docs/1.6/json/). */
export function toCycloneDx(facts: BomFacts): Json {
  const datasets = facts.datasets.map(datasetComponent);
  const packages = Object.entries(facts.packages).map(packageComponent);
  const components = [...datasets, ...packages];
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: facts.timestamp,
      tools: { components: [{ type: 'application', name: 'skiff' }] },
      component: modelComponent(facts),
    },
    ...(components.length > 0 && {
      components,
      dependencies: [
        { ref: MODEL, dependsOn: components.map((component) => component['bom-ref']) },
      ],
    }),
  };
}

const MODEL = 'model';

const modelComponent = (facts: BomFacts): Json => ({
  type: 'machine-learning-model',
  'bom-ref': MODEL,
  name: facts.name,
  version: facts.version,
  ...(facts.description && { description: facts.description }),
  ...(facts.owner && { authors: [{ name: facts.owner }] }),
  hashes: [{ alg: 'SHA-256', content: facts.sha256 }],
  ...licences(facts.licence),
  modelCard: {
    modelParameters: parameters(facts),
    ...(facts.metrics.length > 0 && {
      quantitativeAnalysis: { performanceMetrics: facts.metrics.map(metric) },
    }),
    ...(facts.considerations && { considerations: considerations(facts.considerations) }),
  },
  properties: properties([
    ['skiff:format', 'ONNX'],
    ['skiff:size-bytes', facts.sizeBytes],
    ['skiff:parameter-count', facts.parameterCount],
    ['skiff:ir-version', facts.irVersion],
    ['skiff:producer', `${facts.producer.name} ${facts.producer.version}`.trim()],
    ...facts.opsets.map(
      ({ domain, version }) => ['skiff:opset', `${domain || 'ai.onnx'} ${version}`] as const,
    ),
    ...facts.operators.map(
      ({ domain, name, count }) =>
        ['skiff:operator', `${domain || 'ai.onnx'}.${name} × ${count}`] as const,
    ),
  ]),
});

const parameters = ({ task, datasets, inputs, outputs }: BomFacts): Json => ({
  ...(task && { task }),
  ...(datasets.length > 0 && { datasets: datasets.map((_, i) => ({ ref: datasetRef(i) })) }),
  inputs: inputs.map(tensor),
  outputs: outputs.map(tensor),
});

const tensor = ({ name, datatype, shape }: TensorFacts): Json => ({
  format: `${name}: ${datatype}[${shape.join(', ')}]`,
});

const metric = ({ type, value, slice, interval }: MetricFacts): Json => ({
  type,
  value: String(value),
  ...(slice && { slice }),
  ...(interval && {
    confidenceInterval: {
      lowerBound: String(interval.lower),
      upperBound: String(interval.upper),
    },
  }),
});

const considerations = (facts: ConsiderationFacts): Json => ({
  ...filled('users', facts.users),
  ...filled('useCases', facts.useCases),
  ...filled('technicalLimitations', facts.limitations),
  ...filled('performanceTradeoffs', facts.tradeoffs),
  ...filled(
    'ethicalConsiderations',
    facts.ethical.map(({ name, mitigation }) => ({
      name,
      ...(mitigation && { mitigationStrategy: mitigation }),
    })),
  ),
  ...filled(
    'fairnessAssessments',
    facts.groupsAtRisk.map(({ group, harms }) => ({ groupAtRisk: group, harms })),
  ),
});

const datasetRef = (index: number): string => `dataset-${index + 1}`;

function datasetComponent(dataset: DatasetFacts, index: number): Json {
  const { name, digest, role, source, rows } = dataset;
  const hex = /^(?:sha256:)?([0-9a-f]{64})$/i.exec(digest)?.[1];
  return {
    type: 'data',
    'bom-ref': datasetRef(index),
    name,
    ...(hex && { hashes: [{ alg: 'SHA-256', content: hex }] }),
    ...licences(dataset.licence),
    data: [
      {
        type: 'dataset',
        name,
        description: `${role} data`,
        ...(source && URL.canParse(source) && { contents: { url: new URL(source).href } }),
      },
    ],
    properties: properties([
      ['skiff:role', role],
      ['skiff:digest', digest],
      ['skiff:source', source],
      ['skiff:rows', rows],
    ]),
  };
}

/** `excluded`: it trained the model, but does not run with it. */
const packageComponent = ([name, version]: [string, string], index: number): Json => ({
  type: 'library',
  'bom-ref': `package-${index + 1}`,
  name,
  version,
  scope: 'excluded',
  purl: `pkg:pypi/${encoded(name.toLowerCase().replaceAll('_', '-'))}@${encoded(version)}`,
});

/** Half a surrogate pair cannot be encoded. */
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

const licences = (licence: string | undefined): Json =>
  licence ? { licenses: [{ license: licenceOf(licence) }] } : {};

const filled = (name: string, list: readonly unknown[]): Json =>
  list.length > 0 ? { [name]: list } : {};

const properties = (pairs: readonly (readonly [string, string | number | undefined])[]) =>
  pairs.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [{ name, value: String(value) }],
  );

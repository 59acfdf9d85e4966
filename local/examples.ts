import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './settings.ts';

const FOLDER = join(ROOT, 'examples');

/** What POST /api/v1/datasets takes, and the file. */
export interface ExampleDataset {
  readonly about: { readonly name: string; readonly role: string } & Record<string, unknown>;
  readonly csv: Uint8Array<ArrayBuffer>;
}

/** One trained model with what its owner says of it and what its framework answered. */
export interface Example {
  readonly name: string;
  readonly endpoint: string;
  readonly model: { readonly name: string; readonly task: string } & Record<string, unknown>;
  readonly version: Record<string, unknown>;
  readonly artifact: Uint8Array<ArrayBuffer>;
  /** The rows that the model has not seen, and where they are small, those it learnt from. */
  readonly datasets: readonly ExampleDataset[];
  readonly expected: {
    readonly tolerance: number;
    readonly request: Record<string, unknown>;
    readonly outputs: Record<string, readonly (number | string)[]>;
    readonly rows?: readonly Record<string, unknown>[];
    /** What the framework predicts for `rows`, missing values included. */
    readonly rowLabels?: readonly string[];
    /** The same rows' probabilities, one row after the other. */
    readonly rowProbabilities?: readonly number[];
  };
}

export const exampleNames = (): string[] =>
  readdirSync(FOLDER).filter((name) => existsSync(join(FOLDER, name, 'model.json')));

export function readExample(name: string): Example {
  const read = (file: string) => readFileSync(join(FOLDER, name, file));
  const about = JSON.parse(read('model.json').toString('utf8'));
  const { endpoint, model, version } = about;
  const expected = JSON.parse(read('expected.json').toString('utf8'));
  const artifact = new Uint8Array(read('model.onnx'));
  const datasets = [about.dataset, about.trainingDataset]
    .filter((dataset) => dataset !== undefined)
    .map((dataset) => ({ about: dataset, csv: new Uint8Array(read(`${dataset.role}.csv`)) }));
  return { name, endpoint, model, version, datasets, expected, artifact };
}

/** Another version of an example's model. */
export interface Candidate extends Pick<Example, 'artifact' | 'expected'> {
  readonly name: string;
  readonly more: Record<string, unknown>;
}

export const hasCandidates = (example: string): boolean =>
  existsSync(join(FOLDER, example, 'versions'));

/** The versions beside an example's own that must not replace it. */
export const readCandidates = (example: string): Candidate[] =>
  readdirSync(join(FOLDER, example, 'versions')).map((name) =>
    readCandidate(name, join(FOLDER, example, 'versions', name)),
  );

export const hasSuccessors = (example: string): boolean =>
  existsSync(join(FOLDER, example, 'successors'));

/** A version that comes after an example's own. */
export const readSuccessor = (example: string, name: string): Candidate =>
  readCandidate(name, join(FOLDER, example, 'successors', name));

/** With what its owner says of it. */
function readCandidate(name: string, folder: string): Candidate {
  const read = (file: string) => readFileSync(join(folder, file));
  const [more, expected] = ['version.json', 'expected.json'].map((file) =>
    JSON.parse(read(file).toString('utf8')),
  );
  return { name, more, expected, artifact: new Uint8Array(read('model.onnx')) };
}

/** Artifacts that must not come into a registry. */
export function readHostile(example: string): Pick<Candidate, 'name' | 'artifact'>[] {
  const folder = join(FOLDER, example, 'hostile');
  const files = readdirSync(folder).filter((name) => name.endsWith('.onnx'));
  return files.map((name) => ({
    name,
    artifact: new Uint8Array(readFileSync(join(folder, name))),
  }));
}

/** What registration takes of an example's expected answers. */
export const goldenSample = ({ expected }: Pick<Example, 'expected'>) => ({
  inputs: expected.request.inputs,
  outputs: Object.entries(expected.outputs).map(([name, data]) => ({ name, data })),
  tolerance: expected.tolerance,
});

/**
 * Largest difference between what was served and what the training framework answered: absolute
 * for numbers, infinite where a label differs or an output is missing.
 */
export function largestDifference(
  served: readonly { name: string; data: readonly unknown[] }[],
  expected: Example['expected']['outputs'],
): number {
  const differences = Object.entries(expected).flatMap(([name, values]) => {
    const data = served.find((output) => output.name === name)?.data;
    if (data?.length !== values.length) return [Number.POSITIVE_INFINITY];
    return values.map((value, i) => differenceOf(value, data[i]));
  });
  return Math.max(...differences);
}

function differenceOf(expected: number | string, served: unknown): number {
  if (typeof expected === 'number' && typeof served === 'number')
    return Math.abs(expected - served);
  return String(expected) === String(served) ? 0 : Number.POSITIVE_INFINITY;
}

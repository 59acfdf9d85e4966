/* What a run of an MLflow client says of the model that came out of it. */

/** A run, as far as a version's lineage is made of it. */
export interface RunFacts {
  readonly id: string;
  readonly name: string;
  /** ms since 1970. */
  readonly startTime: number;
  readonly endTime?: number | undefined;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  /** The latest value of each. */
  readonly metrics: ReadonlyMap<string, number>;
  readonly datasets: readonly DatasetFacts[];
}

interface DatasetFacts {
  readonly name: string;
  readonly digest: string;
  readonly source: string;
  /** As `train` or `eval`. */
  readonly context?: string | undefined;
  /** JSON. */
  readonly profile?: string | undefined;
}

/** What lies beside a model to make its environment again. */
export interface EnvironmentFiles {
  /** `requirements.txt`. */
  readonly requirements?: string | undefined;
  /** Of `python_env.yaml` or the MLmodel file. */
  readonly python?: string | undefined;
}

const cut = (text: string, most: number): string => text.slice(0, most);
const orNothing = <T>(key: string, value: T | undefined) =>
  value === undefined || value === '' ? {} : { [key]: value };

export function lineageOf(run: RunFacts | undefined, files: EnvironmentFiles) {
  const environment = environmentOf(files);
  return {
    ...(run && { run: runOf(run), ...codeOf(run.tags), ...paramsOf(run.params) }),
    ...(run && run.datasets.length > 0 && { datasets: run.datasets.slice(0, 100).map(datasetOf) }),
    ...(environment && { environment }),
  };
}

function runOf({ id, name, startTime, endTime, params }: RunFacts) {
  const seed = SEEDS.map((key) => params.get(key)).find((text) => /^\d{1,15}$/.test(text ?? ''));
  return {
    ...{ id, startedAt: new Date(startTime).toISOString() },
    ...orNothing('name', cut(name, 256)),
    ...(endTime !== undefined && { finishedAt: new Date(endTime).toISOString() }),
    ...(seed !== undefined && { seed: Number(seed) }),
  };
}

/** What libraries and people call it. */
const SEEDS = ['seed', 'random_state', 'random_seed', 'data_random_seed'];

function codeOf(tags: ReadonlyMap<string, string>) {
  const version = tags.get('mlflow.source.git.commit');
  if (!version) return {};
  const of = (key: string, tag: string, most: number) =>
    orNothing(key, tags.has(tag) ? cut(tags.get(tag) as string, most) : undefined);
  const code = {
    version: cut(version, 256),
    ...of('repository', 'mlflow.source.git.repoURL', 2048),
    ...of('entryPoint', 'mlflow.source.name', 1024),
  };
  return { code };
}

/** Bytes of params that a version keeps; the run has them all. */
const MAX_PARAM_BYTES = 100_000;

function paramsOf(params: ReadonlyMap<string, string>) {
  let room = MAX_PARAM_BYTES;
  const kept = [...params].filter((param) => {
    room -= JSON.stringify(param).length;
    return room >= 0;
  });
  return kept.length === 0 ? {} : { hyperparameters: Object.fromEntries(kept) };
}

type Role = 'training' | 'validation' | 'test' | 'reference';

function datasetOf({ name, digest, source, context = '', profile }: DatasetFacts) {
  const rows = rowsIn(profile);
  return {
    ...{ name: cut(name, 256), digest, role: roleOf(context) },
    ...orNothing('source', cut(source, 2048)),
    ...(rows !== undefined && { rows }),
  };
}

function roleOf(context: string): Role {
  if (/test/i.test(context)) return 'test';
  return /eval|valid/i.test(context) ? 'validation' : 'training';
}

function rowsIn(profile: string | undefined): number | undefined {
  const [, rows] = /"num_rows":\s*(\d{1,15})/.exec(profile ?? '') ?? [];
  return rows === undefined ? undefined : Number(rows);
}

/** Numbers only: JSON has no others, and a version is not judged by them. */
export function metricsOf({ metrics }: Pick<RunFacts, 'metrics'>) {
  const finite = [...metrics].filter(([, value]) => Number.isFinite(value));
  const [validation, training] = [
    finite.filter(isValidation),
    finite.filter((m) => !isValidation(m)),
  ];
  return {
    ...(training.length > 0 && { training: Object.fromEntries(training) }),
    ...(validation.length > 0 && { validation: Object.fromEntries(validation) }),
  };
}

const isValidation = ([name]: readonly [string, number]): boolean =>
  /(^|[^a-z])(val|valid|validation|eval|test)([^a-z]|$)/i.test(name);

const FRAMEWORKS = [
  'scikit-learn',
  'xgboost',
  'lightgbm',
  'catboost',
  'torch',
  'keras',
  'tensorflow',
];

function environmentOf({ requirements, python }: EnvironmentFiles) {
  const packages = new Map(
    (requirements ?? '').split('\n').flatMap((line) => {
      const [, name, version] = /^\s*([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)/.exec(line) ?? [];
      return name && version ? [[cut(name, 128), cut(version, 128)] as const] : [];
    }),
  );
  const framework = FRAMEWORKS.find((name) => packages.has(name));
  if (packages.size === 0 && !python) return undefined;
  return {
    ...(framework && { framework, frameworkVersion: cut(packages.get(framework) as string, 64) }),
    ...(python && { python: cut(python, 64) }),
    ...(packages.size > 0 && { packages: Object.fromEntries(packages) }),
  };
}

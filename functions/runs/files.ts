import { parse } from 'yaml';
import { pointersIn, remotesIn, stagesIn } from '#core/dvc/pointers.ts';
import type { DvcRecord } from '#core/reproduction/data.ts';
import { type EnvironmentFile, REMOTE_TAG } from '#core/reproduction/facts.ts';
import {
  filesBelow,
  findPath,
  type LoggedModel,
  type Run,
  readText,
  type Space,
} from '#slices/tracking';

/** More is no file of an environment, and no pointer. */
const MAX_BYTES = 400_000;
const MAX_POINTERS = 100;

interface File {
  /** Within the files of the run or model. */
  readonly path: string;
  readonly size: number;
}

/** The files that a run or model has here; none where they lie elsewhere. */
export interface Files {
  readonly all: readonly File[];
  /** Whether there are more than these. */
  readonly areMore: boolean;
  /** The text of one. */
  readonly read: (path: string) => Promise<string>;
}

export async function filesAt(space: Space, artifactUri: string): Promise<Files> {
  const root = findPath(artifactUri);
  if (root === undefined) return { all: [], areMore: false, read: async () => '' };
  const { files: all, areMore } = await filesBelow(space, root);
  return { all, areMore, read: (path) => readText(space, `${root}/${path}`) };
}

const KINDS = {
  'requirements.txt': 'requirements',
  'constraints.txt': 'constraints',
  'conda.yaml': 'conda',
  'python_env.yaml': 'python-env',
} as const satisfies Record<string, EnvironmentFile['kind']>;

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const isSmall = ({ size }: File): boolean => size <= MAX_BYTES;

/** Files of one folder that say what was installed: the folder nearest to the root that has some. */
async function environmentIn(files: Files, model?: string): Promise<EnvironmentFile[]> {
  const named = files.all.filter((file) => nameOf(file.path) in KINDS && isSmall(file));
  const depth = ({ path }: File) => path.split('/').length;
  const [first] = [...named].sort((a, b) => depth(a) - depth(b) || (a.path < b.path ? -1 : 1));
  if (!first) return [];
  const together = named.filter(({ path }) => folderOf(path) === folderOf(first.path));
  return Promise.all(
    together.map(async ({ path }) => ({
      ...{ kind: KINDS[nameOf(path) as keyof typeof KINDS], path },
      ...(model !== undefined && { model }),
      text: await files.read(path),
    })),
  );
}

/** Models are many where each step was kept: they are of one environment. */
const MOST_MODELS = 5;

/** What was installed: as the run says it, else as the latest of its models does. */
export async function findEnvironment(
  space: Space,
  own: Files,
  models: readonly LoggedModel[],
): Promise<EnvironmentFile[]> {
  const ofRun = await environmentIn(own);
  if (ofRun.length > 0) return ofRun;
  for (const { id, artifactUri } of models.slice(-MOST_MODELS).reverse()) {
    const ofModel = await environmentIn(await filesAt(space, artifactUri), id);
    if (ofModel.length > 0) return ofModel;
  }
  return [];
}

/** The version of Python that an environment's files name. */
export function pythonOf(files: readonly EnvironmentFile[]): string | undefined {
  for (const { kind, text } of files) {
    if (kind !== 'python-env' && kind !== 'conda') continue;
    const { python, dependencies } = fieldsIn(text);
    if (typeof python === 'string') return python;
    const list = Array.isArray(dependencies) ? dependencies : [];
    const [, version] = list.map((one) => /^python\s*=+\s*([\d.]+)/.exec(one)).find(Boolean) ?? [];
    if (version !== undefined) return version;
  }
  return undefined;
}

/**
 * YAML whose scalars are all texts: a digest may look like a number, and Python 3.10 is not 3.1.
 * What is no YAML, or unfolds into too much, has no fields.
 */
function fieldsIn(text: string): Record<string, unknown> {
  try {
    const value = parse(text, { schema: 'failsafe', maxAliasCount: 0, logLevel: 'silent' });
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** What DVC's files among those of a run say. */
export async function findDvc(files: Files, { tags }: Run): Promise<DvcRecord> {
  const wanted = (matches: RegExp) =>
    files.all.filter((file) => matches.test(file.path) && isSmall(file)).slice(0, MAX_POINTERS);
  const readAll = (matches: RegExp) =>
    Promise.all(wanted(matches).map(async ({ path }) => ({ path, text: await files.read(path) })));
  const pointers = await readAll(/[^/]\.dvc$/);
  const locks = await readAll(/(^|\/)dvc\.lock$/);
  const configs = await readAll(/(^|\/)\.dvc\/config(\.local)?$/);
  return {
    pointers: pointers.flatMap(({ path: file, text }) =>
      pointersIn(fieldsIn(text), folderOf(file)).map((item) => ({ file, item })),
    ),
    stages: locks.flatMap(({ path, text }) => stagesIn(fieldsIn(text), folderOf(path))),
    remotes: remotesOf(
      configs.map(({ text }) => text),
      tags,
    ),
  };
}

/** The tag takes the place of the usual remote. */
function remotesOf(configs: readonly string[], tags: Run['tags']): DvcRecord['remotes'] {
  const written = remotesIn(configs.join('\n'));
  const url = tags.get(REMOTE_TAG);
  if (url === undefined) return written;
  return { urls: new Map([...written.urls, [REMOTE_TAG, url]]), usual: REMOTE_TAG };
}

/** The program among a run's own files, for code that no commit has. */
export function programIn({ all }: Files, program: string | undefined): string | undefined {
  if (program === undefined) return undefined;
  const name = nameOf(program);
  return all.map(({ path }) => path).find((path) => nameOf(path) === name);
}

import type { DvcObject } from '../dvc/pointers.ts';

/** What started a run, as MLflow's tags say it. */
export interface Source {
  readonly type?: string;
  /** The program, as it was called: a path, a notebook, the address of a project. */
  readonly name?: string;
  /** Of a project. */
  readonly entryPoint?: string;
  /** The whole command, for a shell. */
  readonly command?: string;
}

export interface Git {
  readonly commit?: string;
  readonly branch?: string;
  /** Without user and password. */
  readonly repository?: string;
  /** Whether there were changes that no commit has. */
  readonly dirty?: boolean;
}

/** A value that is named like the seed of a random generator. */
export interface Seed {
  readonly name: string;
  readonly value: string;
}

type Tags = ReadonlyMap<string, string>;

/** Tags that only Skiff reads. */
export const COMMAND_TAG = 'skiff.command';
export const REMOTE_TAG = 'skiff.dvc.remote';
export const REPRODUCTION_TAG = 'skiff.reproductionOf';

const present = <T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''),
  ) as T;

export const sourceOf = (tags: Tags): Source =>
  present<Source>({
    type: tags.get('mlflow.source.type') ?? tags.get('mlflow.runSourceType'),
    name: withoutLogin(tags.get('mlflow.source.name')),
    entryPoint: tags.get('mlflow.project.entryPoint'),
    command: tags.get(COMMAND_TAG),
  });

export function gitOf(tags: Tags): Git {
  const git = (name: string) => tags.get(`mlflow.source.git.${name}`);
  const dirty = git('dirty');
  return present<Git>({
    commit: COMMIT.exec(git('commit') ?? '')?.[0],
    branch: git('branch'),
    repository: withoutLogin(git('repoURL') ?? tags.get('mlflow.gitRepoURL')),
    dirty: dirty === undefined ? undefined : dirty.toLowerCase() === 'true',
  });
}

const COMMIT = /^[0-9a-f]{7,64}$/i;

/** The address of a remote may hold a token, and that an @. */
export const withoutLogin = <T extends string | undefined>(url: T) =>
  url?.replace(/^(https?:\/\/)[^/]*@/i, '$1') as T;

const SEED = /(^|[^a-z])(seed|random_?state|random_?seed|pythonhashseed)s?($|[^a-z])/i;

/** Params and tags that are named like a seed; camel case too. */
export function seedsOf(params: Tags, tags: Tags): Seed[] {
  const isSeed = (name: string) => SEED.test(name.replace(/([a-z0-9])([A-Z])/g, '$1_$2'));
  const own = [...tags].filter(([name]) => !name.startsWith('mlflow.'));
  return [...params, ...own].flatMap(([name, value]) => (isSeed(name) ? [{ name, value }] : []));
}

/** Whether a seed fixes anything. */
export const isFixed = ({ value }: Seed): boolean => !/^(none|null|nan|)$/i.test(value.trim());

/** A file that says what a run needed. */
export interface EnvironmentFile {
  readonly kind: 'requirements' | 'constraints' | 'conda' | 'python-env';
  /** Within the files of the run or model. */
  readonly path: string;
  /** The logged model that it lies beside; absent for the run itself. */
  readonly model?: string;
  readonly text: string;
}

export interface Environment {
  readonly python?: string;
  readonly docker?: string;
  readonly files: readonly EnvironmentFile[];
}

/** One file or folder of data, and the object that holds it. */
export interface DataObject extends DvcObject {
  /** Where the program looks for it, from the root of its code; absent where it reads the object. */
  readonly path?: string;
  readonly md5?: string;
  readonly size?: number;
  /** The object is DVC's list of the folder's files. */
  readonly isFolder?: boolean;
}

/** Something that a run read. */
export interface DataInput {
  /** The dataset's name, or the pointer that names it. */
  readonly name: string;
  readonly digest?: string;
  readonly context?: string;
  readonly sourceType?: string;
  /** As the client wrote it. */
  readonly source?: string;
  readonly object?: DataObject;
  /** Why there is no object, in words; absent where the program finds the data by itself. */
  readonly unresolved?: string;
}

/** All that is on record of a run and matters for running it again. */
export interface Facts {
  readonly run: string;
  readonly workspace: string;
  readonly experiment: string;
  readonly name: string;
  readonly status: string;
  readonly user: string;
  readonly startedAt: string;
  readonly source: Source;
  readonly git: Git;
  /** Changes beside the commit, as `git diff` writes them. */
  readonly diff?: string;
  readonly environment: Environment;
  readonly seeds: readonly Seed[];
  readonly params: Tags;
  readonly data: readonly DataInput[];
  readonly systemMetrics: number;
  /** Where among the run's files the program itself is. */
  readonly programFile?: string;
  /** How many of the run's files were looked at, where it has more. */
  readonly filesSeen?: number;
}

export const isProject = ({ source }: Pick<Facts, 'source'>): boolean => source.type === 'PROJECT';

/** Whether a project is a folder of the machine that ran it, and no address. */
export const isPath = (project: string): boolean =>
  /^file:/i.test(project) || !/^[^/]*:/.test(project);

/** A program that can be named; what ran in a notebook or a console has no name of its own. */
export function programOf({ source: { name } }: Pick<Facts, 'source'>): string | undefined {
  const isNone = !name || /^<.*>$|(^|\/)(ipykernel_launcher|colab_kernel_launcher)\.py$/.test(name);
  return isNone ? undefined : name;
}

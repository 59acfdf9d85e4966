import { LIMITS } from '../tracking/names.ts';
import { commandOf } from './command.ts';
import {
  COMMAND_TAG,
  type DataInput,
  type Facts,
  isFixed,
  isPath,
  isProject,
  programOf,
  REMOTE_TAG,
} from './facts.ts';

/** What is not on record of a run, and how later runs keep it. */
export interface Missing {
  readonly what: string;
  /** What it is needed for: to run at all, for the same results, or to know how large a machine. */
  readonly needed: 'to run' | 'for the same results' | 'for sizing';
  readonly why: string;
  readonly how: string;
}

/** In the order of the steps: code, environment, data, randomness, machine. */
export const missingOf = (facts: Facts): Missing[] => [
  ...missingCode(facts),
  ...missingCommand(facts),
  ...missingFiles(facts),
  ...missingEnvironment(facts),
  ...missingData(facts),
  ...missingSeeds(facts),
  ...missingEnd(facts),
];

const toRun = (what: string, why: string, how: string): Missing => ({
  ...{ what, needed: 'to run', why, how },
});
const forResults = (what: string, why: string, how: string): Missing => ({
  ...{ what, needed: 'for the same results', why, how },
});

function missingCode(facts: Facts): Missing[] {
  const { git, programFile, diff } = facts;
  const LOG = 'or log the file that ran: mlflow.log_artifact("train.py", "code")';
  if (!programOf(facts) && !facts.source.command) {
    const why = facts.source.name
      ? `the run was started from ${facts.source.name}, which is no file of its own`
      : 'the run does not say what started it';
    return [
      toRun('program', why, 'mlflow.set_tag("mlflow.source.name", "train.ipynb")'),
      ...(git.commit ? [] : [toRun('git.commit', NO_COMMIT, COMMIT)]),
    ];
  }
  if (isProject(facts) && git.commit) {
    const { name = '.' } = facts.source;
    if (!isPath(name)) return [];
    return [toRun('git.repository', `the project was the folder ${name}`, REMOTE)];
  }
  if (!git.commit) {
    if (!programFile) return [toRun('git.commit', NO_COMMIT, `${COMMIT}; ${LOG}`)];
    const why = `only ${programFile} was logged: what it imports from other files is not known`;
    return [forResults('git.commit', why, COMMIT)];
  }
  if (!git.repository) {
    const why = `the commit ${git.commit} was made in a repository without a remote`;
    return [toRun('git.repository', why, REMOTE)];
  }
  if (diff !== undefined && isCut(diff)) {
    return [toRun('git.diff', CUT, 'commit before a run')];
  }
  if (!git.dirty || diff !== undefined) return [];
  const why = 'there were changes beside the commit';
  return [
    forResults('git.diff', why, 'commit before a run, or set the tag mlflow.source.git.diff'),
  ];
}

const NO_COMMIT = 'the run does not say which commit its code is from';
const COMMIT = 'start the program from a git work tree, with the package GitPython installed';

const REMOTE = 'git remote add origin <address>, and push the commit';

/** What is as long as a tag may be was longer. */
const isCut = (text: string): boolean => [...text].length === LIMITS.tagValue;
const CUT = `it is as long as a tag may be (${LIMITS.tagValue} characters): its end was cut off`;

function missingCommand({ source, params }: Facts): Missing[] {
  if (source.command) return missingOfCommand(source);
  if (source.type === 'PROJECT') {
    if (params.size === 0) return [];
    const why = 'all params of the run are given to the project, those too that its code logged';
    return [forResults('command', why, `mlflow.set_tag("${COMMAND_TAG}", "mlflow run ...")`)];
  }
  if (!programOf({ source })) return [];
  const why = 'MLflow keeps the name of a program and not its arguments: it is called without any';
  const how = `mlflow.set_tag("${COMMAND_TAG}", shlex.join(["python", *sys.argv]))`;
  return [forResults('command', why, how)];
}

/** What of a command that is on record cannot be run. */
function missingOfCommand(source: Facts['source']): Missing[] {
  if (isCut(source.command ?? '')) {
    return [toRun('command', CUT, 'read what is long from a file, and log that')];
  }
  const program = programOf({ source });
  if (!program?.startsWith('/') || !commandOf({ source })?.includes(program)) return [];
  const why = `the command names ${program}, a path of the machine that ran it, within another word`;
  return [toRun('command', why, 'call the program by its path within the code')];
}

function missingFiles({ filesSeen }: Facts): Missing[] {
  if (filesSeen === undefined) return [];
  const why = `only the first ${filesSeen} files of the run were looked at: what says how it was made may be among the others`;
  return [forResults('files', why, 'log many files as one archive')];
}

function missingEnvironment({ environment: { files, python, docker }, source }: Facts): Missing[] {
  if (docker || source.type === 'PROJECT') return [];
  const how =
    'log a model (mlflow.sklearn.log_model(...)), whose requirements.txt and python_env.yaml are kept with it, or the file: mlflow.log_artifact("requirements.txt")';
  if (!files.some(({ kind }) => kind === 'requirements' || kind === 'conda')) {
    return [toRun('environment', 'neither a requirements.txt nor a conda.yaml is kept', how)];
  }
  if (python) return [];
  const why = 'none of the files of the environment names a version of Python';
  return [forResults('environment.python', why, 'mlflow.log_artifact("python_env.yaml")')];
}

function missingData({ data }: Facts): Missing[] {
  if (data.length === 0) {
    const why = 'no dataset was logged: what the program read is not known';
    const how = 'mlflow.log_input(mlflow.data.from_pandas(frame, source="s3://..."), "training")';
    return [forResults('datasets', why, how)];
  }
  return data.flatMap((input) => missingObject(input));
}

function missingObject({ name, unresolved, object, context }: DataInput): Missing[] {
  const what = `datasets.${name}${context ? ` (${context})` : ''}`;
  if (unresolved !== undefined) {
    const how = `keep it in S3 and give that address as its source; or track it with DVC and log what it writes: mlflow.log_artifact("data/${name}.dvc", "data"), mlflow.log_artifact(".dvc/config", ".dvc") or mlflow.set_tag("${REMOTE_TAG}", "s3://...")`;
    return [toRun(what, unresolved, how)];
  }
  if (!object || object.md5 || object.versionId) return [];
  const why = `what lies at ${object.uri} may have changed since: neither its version nor its md5 is kept`;
  return [forResults(what, why, 'track it with DVC, and log the .dvc file with the run')];
}

function missingSeeds({ seeds }: Facts): Missing[] {
  if (seeds.some(isFixed)) return [];
  const why =
    seeds.length === 0
      ? 'no param or tag is named like a seed'
      : `${seeds.map(({ name, value }) => `${name} is ${value}`).join(', ')}: nothing is fixed`;
  return [forResults('seeds', why, 'set a seed and log it: mlflow.log_param("seed", 42)')];
}

function missingEnd({ status, systemMetrics }: Facts): Missing[] {
  const sizing: Missing = {
    ...{ what: 'systemMetrics', needed: 'for sizing' },
    why: 'how much memory, processor and GPU the run took is not kept',
    how: 'mlflow.enable_system_metrics_logging()',
  };
  const why = `the run is ${status}: its metrics may not be those of a whole training`;
  const how = 'compare with a run that is FINISHED';
  return [
    ...(status === 'FINISHED' ? [] : [forResults('end', why, how)]),
    ...(systemMetrics > 0 ? [] : [sizing]),
  ];
}

/** Whether the run can be started again from what is on record. */
export const isRunnable = (missing: readonly Missing[]): boolean =>
  missing.every(({ needed }) => needed !== 'to run');

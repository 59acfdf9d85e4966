import { type Facts, isProject, programOf, REPRODUCTION_TAG } from './facts.ts';
import type { Missing } from './missing.ts';
import { dataLines } from './script-data.ts';
import { environmentLines } from './script-environment.ts';
import { fileLines, quote, words } from './shell.ts';

/**
 * A bash script that runs again what a run did: code, environment, data, command. It needs git,
 * Python, and the AWS CLI where data lies in S3; where it finds what it needs is said at its top.
 */
export const scriptOf = (facts: Facts, missing: readonly Missing[]): string =>
  [
    ...headLines(facts, missing),
    ...contextLines(facts),
    ...(isProject(facts) ? [] : codeLines(facts)),
    ...environmentLines(facts),
    ...dataLines(facts.data),
    ...paramLines(facts),
    ...commandLines(facts),
    '',
  ].join('\n');

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

function headLines(facts: Facts, missing: readonly Missing[]): string[] {
  const { run, name, experiment, startedAt, user, status } = facts;
  const by = user ? ` by ${user}` : '';
  return [
    '#!/usr/bin/env bash',
    ...comment(`Runs again "${name}" (${run}) of the experiment "${experiment}".`),
    ...comment(`It began ${startedAt}${by} and is ${status}.`),
    '#',
    '# Arguments: the folder to work in. MLFLOW_TRACKING_URI and _TOKEN: where the new run is logged.',
    '# SKIFF_REPOSITORY: a clone of the code to use instead; PYTHON: the interpreter; an active virtual',
    '# environment is used as it is.',
    ...(missing.length === 0 ? [] : ['#', '# What is not on record:']),
    ...missing.flatMap(({ what, needed, why }) => comment(`- ${what} (${needed}): ${why}`)),
    'set -euo pipefail',
    `work=\${1:-${quote(`reproduction-${run.slice(0, 8)}`)}}`,
    'mkdir -p "$work"; cd "$work"; work=$PWD',
  ];
}

/** Names come from outside: none may end its line. */
const comment = (text: string): string[] => [`# ${oneLine(text)}`];

function contextLines({ run, experiment }: Facts): string[] {
  return [
    '',
    '# The new run says what it repeats.',
    `export MLFLOW_EXPERIMENT_NAME=\${MLFLOW_EXPERIMENT_NAME:-${quote(experiment)}}`,
    `export MLFLOW_RUN_CONTEXT=${quote(JSON.stringify({ [REPRODUCTION_TAG]: run }))}`,
  ];
}

function codeLines(facts: Facts): string[] {
  const { git, diff, programFile } = facts;
  if (git.commit) {
    const from = git.repository
      ? `\${SKIFF_REPOSITORY:-${quote(git.repository)}}`
      : `\${SKIFF_REPOSITORY:?the address of a repository that has the commit ${words(git.commit)}}`;
    return [
      '',
      '# Code',
      `repository=${from}`,
      '[ -d code ] || git clone --quiet --no-checkout -- "$repository" code',
      `git -C code checkout --quiet --detach ${quote(git.commit)}`,
      ...(diff === undefined
        ? []
        : [...fileLines('changes.diff', diff), 'git -C code apply "$work/changes.diff"']),
    ];
  }
  const lost = 'echo "the code of this run is not on record: put it into $work/code" >&2';
  return ['', '# Code', 'mkdir -p code', ...(programFile ? [] : [lost])];
}

function paramLines({ params, seeds }: Facts): string[] {
  const hashSeed = seeds.find(({ name }) => name.toUpperCase() === 'PYTHONHASHSEED');
  return [
    '',
    '# Params, for programs that read them from a file',
    ...fileLines('params.json', JSON.stringify(Object.fromEntries(params), null, 2)),
    'export SKIFF_PARAMS=$work/params.json',
    ...(hashSeed ? [`export PYTHONHASHSEED=${quote(hashSeed.value)}`] : []),
  ];
}

function commandLines(facts: Facts): string[] {
  const head = ['', '# Run'];
  if (isProject(facts) && !facts.source.command) return [...head, projectCommand(facts)];
  const { git, programFile, run } = facts;
  const logged = git.commit ? undefined : programFile;
  const program = logged ?? programOf(facts);
  const inside = [
    ...(logged ? [`mlflow artifacts download -r ${run} -a ${quote(logged)} -d "$work/code"`] : []),
    'cd "$work/code"',
    ...(program ? folderLines(program) : []),
  ];
  const command = facts.source.command ?? (program ? startOf(program) : undefined);
  if (command === undefined) {
    return [...head, 'echo "what started this run is not on record" >&2; exit 2'];
  }
  return [...head, ...inside, inContainer(facts, command)];
}

/**
 * How a program was called is on record, not from which folder: it is looked for, so that the same
 * call finds it. Of a path from the root of another machine, the end that is there is taken.
 */
function folderLines(program: string): string[] {
  if (program.startsWith('/')) {
    return [
      `program=${quote(program)}`,
      `while [ ! -e "$program" ] && [ "$program" != "\${program#*/}" ]; do program=\${program#*/}; done`,
      '[ -e "$program" ] || { echo "$program is not in the code" >&2; exit 2; }',
    ];
  }
  const plain = program.replace(/^(\.{1,2}\/)+/, '');
  return [
    `program=${quote(plain)}`,
    'if [ ! -e "$program" ]; then',
    '  found=$(find . -path "*/$program" -not -path "*/.git/*")',
    '  if [ "$(grep -c . <<<"$found")" != 1 ]; then',
    `    echo "$program is in the code not once: \${found:-nowhere}" >&2; exit 2`,
    '  fi',
    `  cd "\${found%"/$program"}"`,
    'fi',
  ];
}

const startOf = (program: string): string => {
  if (program.endsWith('.ipynb')) {
    return 'jupyter nbconvert --to notebook --execute --output reproduced.ipynb "$program"';
  }
  return /\.py$/.test(program) ? 'python "$program"' : '"./$program"';
};

const PASSED = ['URI', 'TOKEN', 'USERNAME', 'PASSWORD'].map((name) => `MLFLOW_TRACKING_${name}`);

function inContainer({ environment: { docker } }: Facts, command: string): string {
  if (!docker) return command;
  const variables = [...PASSED, 'MLFLOW_EXPERIMENT_NAME', 'MLFLOW_RUN_CONTEXT', 'SKIFF_PARAMS'];
  const options = [...variables, 'program'].map((name) => `--env ${name}`).join(' ');
  return `export program; docker run --rm --volume "$work:$work" --workdir "$PWD" ${options} ${quote(docker)} sh -c ${quote(command)}`;
}

function projectCommand({ source, git, params }: Facts): string {
  const options = [
    ...(git.commit ? [`--version ${quote(git.commit)}`] : []),
    ...(source.entryPoint ? [`--entry-point ${quote(source.entryPoint)}`] : []),
    ...[...params].map(([key, value]) => `-P ${quote(`${key}=${value}`)}`),
  ];
  return ['mlflow run', ...options, '--', quote(source.name ?? '.')].join(' ');
}

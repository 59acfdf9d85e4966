import { type Facts, isProject, REPRODUCTION_TAG } from './facts.ts';
import type { Missing } from './missing.ts';
import { commandLines } from './script-command.ts';
import { dataLines } from './script-data.ts';
import { environmentLines } from './script-environment.ts';
import { fileLines, quote, withoutNul, words } from './shell.ts';

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

const oneLine = (text: string): string => withoutNul(text).replace(/\s+/g, ' ');

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

/** What has not the commit must not stay: the next time, another address may be given. */
const cloneLines = (commit: string): string[] => [
  'if [ ! -d code ]; then',
  '  git clone --quiet --no-checkout -- "$repository" code',
  `  git -C code cat-file -e ${quote(`${commit}^{commit}`)} || { rm -rf code; exit 2; }`,
  'fi',
];

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
      ...cloneLines(git.commit),
      `git -C code checkout --quiet --force --detach ${quote(git.commit)}`,
      ...(diff === undefined
        ? []
        : [...fileLines('changes.diff', diff), 'git -C code apply --index "$work/changes.diff"']),
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

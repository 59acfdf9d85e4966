import { normalised } from '../tracking/names.ts';
import { commandOf } from './command.ts';
import { type Facts, isPath, isProject, programOf, REPRODUCTION_TAG } from './facts.ts';
import { quote } from './shell.ts';

/** Lines that start what a run did, where its code has it. */
export function commandLines(facts: Facts): string[] {
  const head = ['', '# Run'];
  if (isProject(facts)) return [...head, ...projectLines(facts)];
  const { git, programFile, run } = facts;
  const logged = git.commit ? undefined : programFile;
  const program = logged ?? programOf(facts);
  const inside = [
    ...(logged ? [`mlflow artifacts download -r ${run} -a ${quote(logged)} -d "$work/code"`] : []),
    'cd "$work/code"',
    ...(program ? folderLines(program) : []),
  ];
  const command = commandOf(facts) ?? (program ? startOf(program) : undefined);
  if (command === undefined) {
    return [...head, 'echo "what started this run is not on record" >&2; exit 2'];
  }
  return [...head, ...inside, inContainer(facts, command)];
}

/**
 * How a program was called is on record, not from which folder: it is looked for, so that the same
 * call finds it. Of a path from the root, the end that the code has is taken, though the whole may be
 * there too: it is the working copy of somebody.
 */
function folderLines(program: string): string[] {
  if (program.startsWith('/')) {
    return [
      `program=${quote(normalised(program).slice(1))}`,
      `while [ ! -e "$program" ] && [ "$program" != "\${program#*/}" ]; do program=\${program#*/}; done`,
      '[ -e "$program" ] || { echo "$program is not in the code" >&2; exit 2; }',
    ];
  }
  const plain = normalised(program).replace(/^(\.\.\/)+/, '');
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

const PASSED = [
  ...['URI', 'TOKEN', 'USERNAME', 'PASSWORD'].map((name) => `MLFLOW_TRACKING_${name}`),
  ...['MLFLOW_EXPERIMENT_NAME', 'MLFLOW_RUN_CONTEXT', 'SKIFF_PARAMS', 'PYTHONHASHSEED'],
];

function inContainer({ environment: { docker } }: Facts, command: string): string {
  if (!docker) return command;
  const options = [...PASSED, 'program'].map((name) => `--env ${name}`).join(' ');
  return `export program; docker run --rm --volume "$work:$work" --workdir "$PWD" ${options} ${quote(docker)} sh -c ${quote(command)}`;
}

/**
 * MLflow makes the run of a project without a look at MLFLOW_RUN_CONTEXT, and names it in what it
 * says alone.
 */
function projectLines(facts: Facts): string[] {
  const { source, run } = facts;
  const lines = source.command ? [`bash -c ${quote(source.command)}`] : projectCommand(facts);
  const last = lines.at(-1);
  return [
    ...lines.slice(0, -1),
    `${last} 2>&1 | tee "$work/project.log"`,
    `new=$(sed -n "s/.*=== Run (ID '\\([0-9a-f]*\\)') succeeded.*/\\1/p" "$work/project.log" | tail -n 1)`,
    'if [ -n "$new" ]; then',
    `  python -c 'import mlflow, sys; mlflow.MlflowClient().set_tag(*sys.argv[1:])' "$new" ${REPRODUCTION_TAG} ${quote(run)}`,
    'else',
    `  echo "the new run has no tag ${REPRODUCTION_TAG}: mlflow did not say which it is" >&2`,
    'fi',
  ];
}

function projectCommand({ source, git, params }: Facts): string[] {
  const { name = '.', entryPoint } = source;
  const from = isPath(name)
    ? `\${SKIFF_REPOSITORY:?the address of the repository of this project, with #folder where it is in one}`
    : `\${SKIFF_REPOSITORY:-${quote(name)}}`;
  const options = [
    ...(git.commit ? [`--version ${quote(git.commit)}`] : []),
    ...(entryPoint ? [`--entry-point ${quote(entryPoint)}`] : []),
    ...[...params].map(([key, value]) => `-P ${quote(`${key}=${value}`)}`),
  ];
  return [`project=${from}`, ['mlflow run', ...options, '--', '"$project"'].join(' ')];
}

import { type EnvironmentFile, type Facts, isProject } from './facts.ts';
import { fileLines, words } from './shell.ts';

/** Lines that make the environment of a run, and what waits until it is there. */
export function environmentLines(facts: Facts): string[] {
  const { environment } = facts;
  if (isProject(facts)) return ['', '# Environment: mlflow run makes that of the project'];
  if (environment.docker) return ['', '# Environment: an image, see below'];
  const files = Object.fromEntries(environment.files.map((file) => [file.kind, file]));
  const { requirements, conda } = files;
  const lines = requirements
    ? pipLines(requirements, files.constraints, environment.python)
    : conda
      ? condaLines(conda)
      : ['echo "the environment of this run is not on record: what is installed is used" >&2'];
  return ['', '# Environment', ...lines];
}

function pipLines(
  requirements: EnvironmentFile,
  constraints: EnvironmentFile | undefined,
  python: string | undefined,
): string[] {
  const minor = python?.split('.').slice(0, 2).join('.');
  return [
    ...fileLines('requirements.txt', requirements.text),
    ...(constraints ? fileLines('constraints.txt', constraints.text) : []),
    `if [ -z "\${VIRTUAL_ENV:-}" ]; then`,
    `  "\${PYTHON:-python${minor && /^\d+\.\d+$/.test(minor) ? minor : '3'}}" -m venv .venv`,
    '  . .venv/bin/activate',
    'fi',
    ...(python
      ? [
          `[ "$(python -c 'import platform; print(platform.python_version())')" = "${words(python)}" ] ||`,
          `  echo "the run had Python ${words(python)}, this is $(python --version)" >&2`,
        ]
      : []),
    'python -m pip install --quiet --requirement requirements.txt',
  ];
}

const condaLines = (conda: EnvironmentFile): string[] => [
  ...fileLines('conda.yaml', conda.text),
  '[ -d .conda ] || conda env create --quiet --prefix .conda --file conda.yaml',
  'eval "$(conda shell.bash hook)"; conda activate "$work/.conda"',
];

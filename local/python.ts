import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inTurn } from './lock.ts';
import { LocalProblem } from './problems.ts';
import { cacheFolder } from './settings.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/** Whether `Python 3.11.7` is 3.10 or newer. */
export function isRecentPython(version: string): boolean {
  const [, major, minor] = /Python (\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 10);
}

function findPython(): string {
  for (const command of ['python3', 'python']) {
    const { stdout, status } = spawnSync(command, ['--version'], { encoding: 'utf8' });
    if (status === 0 && isRecentPython(stdout)) return command;
  }
  throw new LocalProblem(
    'the local AWS needs Python 3.10 or newer, and there is none on the PATH: install it, or run the emulator elsewhere and set AWS_ENDPOINT_URL (see docs/local-aws.md)',
  );
}

/** The interpreter of a virtual environment with the emulator; made once per version. */
export function emulatorPython(log: (line: string) => void): string {
  return pythonWith({
    ...{ name: 'emulator', requirements: REQUIREMENTS, log },
    what: 'the emulator',
    otherwise: ', or run the emulator elsewhere and set AWS_ENDPOINT_URL (see docs/local-aws.md)',
  });
}

interface Environment {
  readonly name: string;
  /** A file of pip's. */
  readonly requirements: string;
  readonly log: (line: string) => void;
  readonly what: string;
  /** What else can be done where it cannot be installed. */
  readonly otherwise?: string;
}

/** The interpreter of a virtual environment that has what a file asks for; made once per content. */
export function pythonWith({ name, requirements, log, what, otherwise = '' }: Environment): string {
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const environment = join(cacheFolder(), `${name}-${digest}`);
  const interpreter = join(environment, 'bin/python');
  const finished = join(environment, '.finished');
  // The Python that the environment was made with may have gone since.
  const isThere = () => existsSync(finished) && existsSync(interpreter);
  if (isThere()) return interpreter;
  mkdirSync(cacheFolder(), { recursive: true });
  inTurn(`${environment}.lock`, () => {
    if (isThere()) return;
    log(`installing ${what} (once)`);
    install(environment, { interpreter, requirements, what, otherwise });
    writeFileSync(finished, '');
  });
  return interpreter;
}

type Wanted = Pick<Required<Environment>, 'requirements' | 'what' | 'otherwise'>;

function install(
  environment: string,
  { interpreter, requirements, what, otherwise }: Wanted & { interpreter: string },
): void {
  const python = findPython();
  rmSync(environment, { recursive: true, force: true });
  mkdirSync(environment, { recursive: true });
  run(
    python,
    ['-m', 'venv', environment],
    'Python could not make a virtual environment (on Debian: apt install python3-venv)',
  );
  run(
    interpreter,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements],
    `${what} could not be installed: connect to a Python package index (or name yours in PIP_INDEX_URL)${otherwise}`,
  );
}

function run(command: string, args: string[], sentence: string): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  const last = stderr?.trim().split('\n').at(-1) ?? '';
  throw new LocalProblem(`${sentence} (${last.slice(0, 200)})`);
}

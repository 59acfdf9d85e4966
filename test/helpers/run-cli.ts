import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emulatorPython } from '../../local/python.ts';

const SKIFF = join(import.meta.dirname, '../../cli/skiff.js');

/** Runs a command on a pseudo-terminal and hands on what it shows there; ends with its code. */
const ON_TERMINAL = `
import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 100, 0, 0))
while True:
    try:
        shown = os.read(terminal, 65536)
    except OSError:
        break
    if not shown:
        break
    os.write(1, shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface CliOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Is told what the process has written so far, and may stop it. */
  readonly watch?: (said: CliResult, stop: () => void) => void;
}

/** Where `skiff login` writes in a test. */
export const configFolder = (): string => mkdtempSync(join(tmpdir(), 'skiff-config-'));

/** Runs the command line as a process of its own, without a terminal. */
export const runCli = (args: readonly string[], options?: CliOptions): Promise<CliResult> =>
  run([process.execPath, SKIFF, ...args], options);

/** The same on a terminal of 100 columns: what it shows is in `stdout`, as it was written. */
export function runOnTerminal(args: readonly string[], options?: CliOptions): Promise<CliResult> {
  const python = emulatorPython(() => {});
  return run([python, '-c', ON_TERMINAL, process.execPath, SKIFF, ...args], options);
}

function run([command, ...args]: string[], options: CliOptions = {}): Promise<CliResult> {
  const { PATH } = process.env;
  const env = { PATH, XDG_CONFIG_HOME: configFolder(), ...options.env };
  const child = spawn(command as string, args, { env });
  let [stdout, stderr] = ['', ''];
  const told = () => options.watch?.({ code: null, stdout, stderr }, () => child.kill('SIGINT'));
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    told();
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    told();
  });
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

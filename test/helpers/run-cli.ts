import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SKIFF = join(import.meta.dirname, '../../cli/skiff.js');

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
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { PATH } = process.env;
  const env = { PATH, XDG_CONFIG_HOME: configFolder(), ...options.env };
  const child = spawn(process.execPath, [SKIFF, ...args], { env });
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

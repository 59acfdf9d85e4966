import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LocalProblem } from './problems.ts';
import { localCredentials, type Place, ROOT } from './settings.ts';

const CDK = join(ROOT, 'node_modules/aws-cdk/bin/cdk');
const running = new Set<ChildProcess>();

/** Runs the CDK's command line; its output goes to a file and is shown where it fails. */
export async function cdk(place: Place, cwd: string, args: string[]): Promise<void> {
  mkdirSync(place.folder, { recursive: true });
  const logFile = join(place.folder, `cdk-${args[0]}.log`);
  const { AWS_PROFILE, AWS_SESSION_TOKEN, CDK_DEFAULT_ACCOUNT, ...env } = process.env;
  const child = spawn(process.execPath, [CDK, ...args, '--no-notices', '--no-color'], {
    cwd,
    // CDK's own checks of templates only warn, into a log; `npm run synth` shows them.
    env: { ...env, ...localCredentials(place.endpoint), CI: 'true', CDK_VALIDATION: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const file = createWriteStream(logFile);
  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(file, { end: false });
    stream.on('data', (chunk: Buffer) => tail.push(chunk.toString()));
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  running.delete(child);
  file.end();
  if (code === 0) return;
  throw new LocalProblem(
    `cdk ${args[0]} failed; all of it is in ${logFile}, the end is:\n\n${endOf(tail.join(''))}`,
  );
}

/** Ends the command that is running, if any, and waits until it has ended. */
export async function stopCdk(): Promise<void> {
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    // Asked politely, it goes on for seconds and keeps its folder locked.
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

/** The last lines with something in them, each cut to a readable length. */
export const endOf = (output: string): string =>
  output
    .split('\n')
    .filter((line) => line.trim())
    .slice(-15)
    .map((line) => line.slice(0, 300))
    .join('\n');

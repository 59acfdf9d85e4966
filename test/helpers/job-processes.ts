import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { LocalAws } from '../../local/local-aws.ts';
import { localCredentials } from '../../local/settings.ts';

const SCRIPT = join(import.meta.dirname, 'job-step.ts');

/** Steps of a job as processes of their own, which may be killed, on a deployed table and buckets. */
export class JobProcesses {
  readonly #env: Record<string, string | undefined>;

  constructor({ awsEndpointUrl, table, buckets }: LocalAws) {
    this.#env = {
      ...localCredentials(awsEndpointUrl),
      ...{ TABLE_NAME: table, DATA_BUCKET: buckets.data, ARTIFACTS_BUCKET: buckets.artifacts },
      ...{ PATH: process.env.PATH, ORT_DISABLE_TELEMETRY: '1' },
    };
  }

  /**
   * @param killAfterMs SIGKILL, if it runs so long: it cannot clean up behind itself
   * @returns what it answered; undefined where it was killed
   */
  async run(step: 'plan' | 'score' | 'finish', event: object, killAfterMs?: number): Promise<any> {
    const args = ['--disable-warning=ExperimentalWarning', SCRIPT, step, JSON.stringify(event)];
    const child = spawn(process.execPath, args, { env: this.#env as NodeJS.ProcessEnv });
    const timer = killAfterMs && setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>(
      (resolve) => child.on('close', (code, signal) => resolve({ code, signal })),
    );
    if (timer) clearTimeout(timer);
    if (signal === 'SIGKILL') return undefined;
    if (code !== 0) throw new Error(`${step} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout.trim().split('\n').at(-1) as string);
  }

  /**
   * Scores every shard, two at a time. The first process of each is killed early, later ones perhaps,
   * at a moment that is drawn from the time that the latest took; the shard is then tried again.
   * @returns how many were killed
   */
  async scoreAll(shards: readonly object[], random: () => number): Promise<number> {
    const open = [...shards];
    const tried = new Set<object>();
    let [killed, usualMs] = [0, 1_000];
    const work = async () => {
      for (let event = open.shift(); event; event = open.shift()) {
        const started = performance.now();
        const latest = tried.has(event) ? usualMs : usualMs / 2;
        const after = !tried.has(event) || random() < 0.5 ? 1 + random() * latest : undefined;
        tried.add(event);
        if ((await this.run('score', event, after)) === undefined) {
          killed++;
          open.splice(Math.floor(random() * (open.length + 1)), 0, event);
        } else usualMs = performance.now() - started;
      }
    };
    await Promise.all([work(), work()]);
    return killed;
  }
}

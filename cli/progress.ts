import type { Answer, UploadOptions, Verdict } from '#client';
import { bar, type Output, size } from './output.ts';

/** A bar for an upload, with its speed. */
export function uploadProgress(
  out: Output,
  name: string,
): NonNullable<UploadOptions['onProgress']> {
  const started = performance.now();
  return (sent, total) => {
    const seconds = (performance.now() - started) / 1000;
    const speed = seconds > 0.5 ? `  ${size(sent / seconds)}/s` : '';
    out.progress(`${name}  ${bar(sent / total)}  ${size(sent)} of ${size(total)}${speed}`);
  };
}

const ENDED = new Set(['completed', 'skipped', 'failed', 'cancelled']);

/** A bar for an examination; where nobody watches, a line for each check that ends. */
export function verdictProgress(out: Output, watched: boolean): (verdict: Verdict) => void {
  const told = new Set<string>();
  return ({ checks, status }) => {
    const done = checks.filter((check) => ENDED.has(check.status));
    const running = checks.filter((check) => check.status === 'running').map(({ check }) => check);
    out.progress(
      `${status}  ${bar(done.length / Math.max(checks.length, 1))}  ${running.join(', ')}`,
    );
    if (watched) return;
    for (const { check, status: state } of done) {
      if (!told.has(check)) out.note(`${check}: ${state}`);
      told.add(check);
    }
  };
}

/** A bar for something that goes on for long; where nobody watches, a line for each change. */
function stepProgress(out: Output, watched: boolean): (share: number, words: string) => void {
  let told = '';
  return (share, words) => {
    out.progress(`${bar(share)}  ${words}`);
    if (!watched && words !== told) out.note(words);
    told = words;
  };
}

type Rollout = Answer<'GET /api/v1/endpoints/{endpoint}/rollouts/{rollout}'>;

/** How far a rollout is, by its steps, and what was decided last. */
export function rolloutProgress(out: Output, watched: boolean): (rollout: Rollout) => void {
  const tell = stepProgress(out, watched);
  return ({ step, steps, decisions }) => {
    const { weight = 0, reason = 'about to begin' } = decisions.at(-1) ?? {};
    tell(Math.max(step, 0) / steps.length, `${weight} %: ${reason}`);
  };
}

type Job = Answer<'GET /api/v1/jobs/{job}'>;

/** How far a job is, by its shards. */
export function jobProgress(out: Output, watched: boolean): (job: Job) => void {
  const tell = stepProgress(out, watched);
  return ({ status, progress: { shards, shardsDone, rows, secondsLeft } }) => {
    const left = secondsLeft === undefined ? '' : `, ${Math.ceil(secondsLeft)} s left`;
    const words = `${status}: ${shardsDone} of ${shards} shards, ${rows} rows${watched ? left : ''}`;
    tell(shardsDone / Math.max(shards, 1), words);
  };
}

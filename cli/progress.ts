import type { UploadOptions, Verdict } from '#client';
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

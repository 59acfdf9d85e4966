import { readFileSync } from 'node:fs';

export const MEGABYTE = 2 ** 20;

/** The most memory that a process has had at once; 0 where the system does not say (not Linux). */
export function highWaterMegabytes(pid: number | 'self' | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

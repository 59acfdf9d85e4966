import type { IsolationLimits } from './isolated-load.ts';
import { MEGABYTE } from './process-memory.ts';
import type { Sources } from './sources.ts';

const MAX_MILLISECONDS = 60_000;
const RESERVED_MEGABYTES = 128;
const LEAST_MEGABYTES = 256;

/** What is left of the function's memory beside this process. */
export function isolationLimits({ ownMegabytes }: Sources): IsolationLimits {
  const left = ownMegabytes - process.memoryUsage.rss() / MEGABYTE - RESERVED_MEGABYTES;
  const maxMegabytes = Math.max(LEAST_MEGABYTES, Math.floor(left));
  return { maxMegabytes, maxMilliseconds: MAX_MILLISECONDS };
}

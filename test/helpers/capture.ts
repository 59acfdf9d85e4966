import { gunzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import {
  type CaptureLimits,
  type CaptureSink,
  Recorder,
} from '../../functions/inference/capture/recorder.ts';
import type { SummaryItem } from '../../functions/inference/capture/summaries.ts';

export const INSTANCE = '01KAWWWWWWWWWWWWWWWWWWWWWW';

/** What a recorder wrote, and ways to make writing fail. */
export class MemorySink implements CaptureSink {
  readonly files = new Map<string, Uint8Array>();
  /** By minute and variant; the newest. */
  readonly summaries = new Map<string, SummaryItem>();
  failing: 'files' | 'summaries' | 'both' | undefined;

  putFile = async (key: string, bytes: Uint8Array): Promise<void> => {
    if (this.failing === 'files' || this.failing === 'both') throw new Error('S3 is down');
    this.files.set(key, bytes);
  };

  putSummary = async (item: SummaryItem): Promise<void> => {
    if (this.failing === 'summaries' || this.failing === 'both') throw new Error('no table');
    const { endpoint, variant } = item.target;
    this.summaries.set(`${item.minute} ${endpoint.revision} ${variant.name}`, item);
  };

  async rows(): Promise<Record<string, any>[]> {
    const rows = await Promise.all([...this.files.values()].map(readParquet));
    return rows.flat();
  }
}

export const readParquet = (bytes: Uint8Array): Promise<Record<string, any>[]> =>
  parquetReadObjects({
    file: Uint8Array.from(bytes).buffer,
    compressors: { GZIP: (packed) => gunzipSync(packed) },
  });

export interface RecorderSetup {
  readonly sink?: MemorySink;
  readonly limits?: Partial<CaptureLimits>;
  readonly now?: () => number;
  readonly startMs?: number;
  readonly instance?: string;
}

export function recorderOf({
  sink = new MemorySink(),
  now = Date.now,
  ...more
}: RecorderSetup = {}) {
  const warnings: string[] = [];
  const recorder = new Recorder({
    ...{ sink, instance: INSTANCE, memoryMb: 1000, now, ...more },
    warn: (message) => warnings.push(message),
  });
  return { recorder, sink, warnings };
}

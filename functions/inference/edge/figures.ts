import type { Bundles } from './bundles.ts';
import type { Figure } from './metrics.ts';
import type { Room } from './room.ts';
import type { Serving } from './serving.ts';
import type { Spool } from './spool.ts';
import type { Uploader } from './uploader.ts';

interface Observed {
  readonly serving: Serving;
  readonly bundles: Bundles;
  readonly room: Room;
  readonly spool?: Spool;
  readonly uploader?: Uploader;
}

const one = (value: number): (readonly [Record<string, never>, number])[] => [[{}, value]];

/** What an edge server tells of itself beside its requests. */
export function edgeFigures({ serving, bundles, room, spool, uploader }: Observed): Figure[] {
  return [
    gauge('skiff_ready', 'Whether it takes requests.', () => one(serving.isReady ? 1 : 0)),
    gauge('skiff_requests_running', 'Requests that are being answered.', () =>
      one(serving.running),
    ),
    gauge('skiff_requests_bytes', 'What they have in memory.', () => one(room.taken)),
    counter('skiff_requests_turned_away_total', 'Requests that found no room in memory.', () =>
      one(room.refusals),
    ),
    gauge('skiff_bundle', 'The bundle that is served.', () => {
      const { active } = serving;
      if (!active) return [];
      const { name: endpoint, revision } = active.endpoint;
      return [[{ endpoint, revision }, 1]];
    }),
    counter('skiff_bundles_refused_total', 'Bundles that failed, and were not served.', () =>
      one(bundles.refusals),
    ),
    ...(spool ? spoolFigures(spool) : []),
    ...(uploader
      ? [
          counter('skiff_uploads_total', 'Items by what the platform made of them.', () =>
            Object.entries(uploader.counts).map(([result, n]) => [{ result }, n] as const),
          ),
        ]
      : []),
    gauge('process_resident_memory_bytes', 'Memory of the process.', () =>
      one(process.memoryUsage.rss()),
    ),
    counter('process_cpu_seconds_total', 'Time on processors.', () => {
      const { user, system } = process.cpuUsage();
      return one((user + system) / 1e6);
    }),
  ];
}

const spoolFigures = (spool: Spool): Figure[] => [
  gauge('skiff_spool_bytes', 'What waits on disk to be uploaded.', () => one(spool.bytes)),
  gauge('skiff_spool_items', 'The same, in items.', () => one(spool.size)),
  counter('skiff_spool_dropped_total', 'Items given up for want of room.', () =>
    one(spool.dropped),
  ),
];

const gauge = (name: string, help: string, read: Figure['read']): Figure => ({
  ...{ name, help, read },
  type: 'gauge',
});
const counter = (name: string, help: string, read: Figure['read']): Figure => ({
  ...{ name, help, read },
  type: 'counter',
});

import { lineTail } from '#shared/emf.ts';
import type { WriteLine } from '#shared/line-writer.ts';
import type { Target } from '../predict.ts';
import type { BatchFacts } from './consume.ts';

const COUNTS = ['Records', 'Sent', 'Rejected', 'Duplicates', 'Failed'] as const;
const METRICS = [
  ...COUNTS.map((Name) => ({ Name, Unit: 'Count' })),
  { Name: 'BatchMs', Unit: 'Milliseconds' },
];
const NO_HEAD = new Uint8Array(0);

/** Lines of CloudWatch's embedded metric format: one for the batch, one for what each version made. */
export const reporter =
  (stream: string, endpoint: string, write: WriteLine) =>
  (facts: BatchFacts): void => {
    write(NO_HEAD, `${JSON.stringify(batchLine(stream, endpoint, facts))}\n`);
    for (const [target, made] of byTarget(facts)) writePredictions(write, target, made, facts.at);
  };

const batchLine = (stream: string, endpoint: string, facts: BatchFacts) => ({
  ...{ Stream: stream, Records: facts.records, Sent: facts.sent, Rejected: facts.rejected },
  ...{ Duplicates: facts.duplicates, Failed: facts.failed, BatchMs: facts.milliseconds },
  '@timestamp': new Date(facts.at).toISOString(),
  ...{ 'ecs.version': '9.0.0', 'service.name': 'skiff', 'event.dataset': 'skiff.streams' },
  ...{ 'log.level': facts.failed > 0 ? 'warn' : 'info', 'skiff.endpoint.name': endpoint },
  _aws: {
    CloudWatchMetrics: [{ Namespace: 'Skiff', Dimensions: [['Stream']], Metrics: METRICS }],
    Timestamp: facts.at,
  },
});

interface Made {
  records: number;
  rows: number;
  latencyMs: number;
  id: string;
}

function byTarget({ made }: BatchFacts): Map<Target, Made> {
  const targets = new Map<Target, Made>();
  for (const { trace } of made) {
    if (!trace?.target || trace.status >= 400) continue;
    const sum = targets.get(trace.target) ?? { records: 0, rows: 0, latencyMs: 0, id: '' };
    sum.records++;
    sum.rows += trace.rows;
    sum.latencyMs = Math.max(sum.latencyMs, trace.latencyMs);
    sum.id ||= trace.predictionId;
    targets.set(trace.target, sum);
  }
  return targets;
}

function writePredictions(write: WriteLine, target: Target, made: Made, at: number): void {
  const { records, rows, latencyMs, id } = made;
  const ids = { predictionId: id, requestId: '', traceId: '' };
  write(
    target.lineHead,
    lineTail({ at, status: 200, predictions: records, rows, latencyMs, ...ids }),
  );
}

import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#core/errors.ts';
import { lineWriter } from '#shared/line-writer.ts';
import { awsSink } from '../capture/aws-sink.ts';
import { Recorder } from '../capture/recorder.ts';
import { predictionId } from '../prediction-id.ts';
import { createService, type InferenceService } from '../service.ts';
import { fetchArtifact, fetchEndpoint } from '../store.ts';
import { NO_MARKS } from './claims.ts';
import type { Consumer } from './consume.ts';
import { tableMarks } from './mark-table.ts';
import { reporter } from './metrics.ts';
import type { StreamSettings } from './settings.ts';
import { sinkOf, sqsSink } from './sinks.ts';

const STDOUT = 1;

const notHere: InferenceService['invoke'] = async () => {
  throw new AppError('unavailable', 'streams are scored by models of the registry');
};

/** A consumer on AWS, as its environment says. */
export function awsConsumer(settings: StreamSettings): Consumer {
  const { STREAM: stream, ENDPOINT: endpoint, TABLE_NAME: table } = settings;
  const memoryMb = settings.AWS_LAMBDA_FUNCTION_MEMORY_SIZE;
  const warn = (message: string, cause: unknown) => console.warn(message, cause);
  const service = createService({
    fetchEndpoint: (name) => fetchEndpoint(table, name),
    fetchArtifact: (artifact) => fetchArtifact(settings.ARTIFACTS_BUCKET, artifact),
    functionMegabytes: memoryMb,
    invoke: notHere,
    warn,
  });
  const windowSeconds = settings.WINDOW_HOURS * 3600;
  return {
    scorer: {
      ...{ service, endpoint, now: Date.now },
      ...{ idField: settings.ID_FIELD, oneByOne: settings.ONE_BY_ONE },
    },
    store: windowSeconds > 0 ? tableMarks({ table, stream, windowSeconds }) : NO_MARKS,
    leaseMs: settings.LEASE_SECONDS * 1000,
    results: sinkOf(settings.SINK_KIND, settings.SINK),
    rejects: sqsSink(settings.REJECTS_URL),
    recorder: new Recorder({
      sink: awsSink({ table, bucket: settings.DATA_BUCKET }),
      instance: predictionId(Date.now()),
      startMs: Math.round(performance.now()),
      ...{ memoryMb, now: Date.now, warn },
    }),
    report: reporter(stream, endpoint, lineWriter(STDOUT)),
    ...{ warn, pause: delay },
  };
}

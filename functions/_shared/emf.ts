/*
 * Metrics of the prediction path as one line of CloudWatch's embedded metric format, written by
 * hand: a general metrics library takes longer than the model. Other fields carry Elastic Common
 * Schema names. No value of a feature ever goes in here.
 */

const METRICS = [
  ['Predictions', 'Count'],
  ['Rows', 'Count'],
  ['LatencyMs', 'Milliseconds'],
  ['Errors', 'Count'],
] as const;

const DEFINITION = JSON.stringify([
  {
    Namespace: 'Skiff',
    Dimensions: [['Endpoint'], ['Endpoint', 'ModelVersion']],
    Metrics: METRICS.map(([Name, Unit]) => ({ Name, Unit })),
  },
]);

/** The part of the line that is the same for every prediction of one deployed version, in UTF-8. */
export function lineHead(
  endpoint: { readonly name: string; readonly revision: number },
  variant: { readonly name: string; readonly model: string; readonly version: number },
) {
  const fields = {
    Endpoint: endpoint.name,
    ModelVersion: `${variant.model}:${variant.version}`,
    'ecs.version': '9.0.0',
    'service.name': 'skiff',
    'event.dataset': 'skiff.predictions',
    'skiff.endpoint.revision': endpoint.revision,
    'skiff.endpoint.variant': variant.name,
  };
  const text = JSON.stringify(fields).slice(0, -1);
  return Buffer.from(`${text},"_aws":{"CloudWatchMetrics":${DEFINITION},"Timestamp":`);
}

export interface PredictionFacts {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly latencyMs: number;
  readonly status: number;
  /** Answered by one call, where that may be several. */
  readonly predictions?: number;
  /** 0 where the request did not get as far as the model. */
  readonly rows: number;
  /** These three are known to hold nothing that JSON escapes. */
  readonly predictionId: string;
  readonly requestId: string;
  readonly traceId: string;
}

/** What follows the head, with the line's end. A prediction counts when it was answered; a 5xx counts as an error. */
export function lineTail(facts: PredictionFacts): string {
  const { at, status, rows, predictions = 1 } = facts;
  return `${at}},"@timestamp":"${isoTime(at)}","Predictions":${status < 400 ? predictions : 0},"Rows":${rows},"LatencyMs":${milliseconds(facts.latencyMs)},"Errors":${status < 500 ? 0 : 1},"log.level":"${status < 500 ? 'info' : 'error'}","http.response.status_code":${status},"http.request.id":"${facts.requestId}","trace.id":"${facts.traceId}","skiff.prediction.id":"${facts.predictionId}"}\n`;
}

/** Microseconds are as fine as the clock is. */
const milliseconds = (value: number): number => Math.round(value * 1000) / 1000;

let second = -1;
let secondText = '';

/** ISO 8601 in UTC; the text of a second is made once. */
function isoTime(at: number): string {
  const current = Math.floor(at / 1000);
  if (current !== second) {
    second = current;
    secondText = new Date(at).toISOString().slice(0, 20);
  }
  return `${secondText}${String(at % 1000).padStart(3, '0')}Z`;
}

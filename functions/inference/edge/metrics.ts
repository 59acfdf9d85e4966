import type { Trace } from '../wire.ts';

/** Upper bounds in seconds; a model of some kilobytes takes tens of microseconds. */
const BOUNDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

type Labels = Readonly<Record<string, string | number>>;

interface Served {
  readonly labels: Labels;
  readonly byStatus: Map<number, number>;
  readonly buckets: number[];
  rows: number;
  seconds: number;
  answered: number;
}

/** A figure that is looked up when it is asked for. */
export interface Figure {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly read: () => readonly (readonly [Labels, number])[];
}

/** Counts requests, and writes figures in Prometheus' text format. */
export class Metrics {
  readonly #served = new Map<string, Served>();
  readonly #figures: Figure[] = [];

  add(...figures: Figure[]): void {
    this.#figures.push(...figures);
  }

  /** Of a request that found its target. */
  record({ target, status, rows, latencyMs }: Trace, protocol: 'http' | 'grpc'): void {
    if (!target) return;
    const { endpoint, variant } = target;
    const key = `${protocol} ${endpoint.revision} ${variant.name}`;
    let served = this.#served.get(key);
    if (!served) {
      const labels = {
        ...{ protocol, endpoint: endpoint.name, revision: endpoint.revision },
        ...{ variant: variant.name, model: variant.model, version: variant.version },
      };
      served = {
        ...{ labels, byStatus: new Map(), buckets: BOUNDS.map(() => 0) },
        ...{ rows: 0, seconds: 0, answered: 0 },
      };
      this.#served.set(key, served);
    }
    served.byStatus.set(status, (served.byStatus.get(status) ?? 0) + 1);
    if (status >= 400) return;
    const seconds = latencyMs / 1000;
    served.rows += rows;
    served.seconds += seconds;
    served.answered++;
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) served.buckets[bucket] = (served.buckets[bucket] as number) + 1;
  }

  text(): string {
    const all = [...this.#served.values()];
    const lines = [
      ...head('skiff_requests_total', 'counter', 'Requests, by the status of their answer.'),
      ...all.flatMap(({ labels, byStatus }) =>
        [...byStatus].map(([status, n]) => line('skiff_requests_total', { ...labels, status }, n)),
      ),
      ...head('skiff_rows_total', 'counter', 'Rows that were predicted.'),
      ...all.map(({ labels, rows }) => line('skiff_rows_total', labels, rows)),
      ...head('skiff_request_seconds', 'histogram', 'Time in the server of answered requests.'),
      ...all.flatMap(histogram),
    ];
    for (const { name, help, type, read } of this.#figures) {
      lines.push(...head(name, type, help));
      for (const [labels, value] of read()) lines.push(line(name, labels, value));
    }
    return `${lines.join('\n')}\n`;
  }
}

function histogram({ labels, buckets, seconds, answered }: Served): string[] {
  let below = 0;
  const counted = BOUNDS.map((le, i) => {
    below += buckets[i] as number;
    return line('skiff_request_seconds_bucket', { ...labels, le }, below);
  });
  return [
    ...counted,
    line('skiff_request_seconds_bucket', { ...labels, le: '+Inf' }, answered),
    line('skiff_request_seconds_sum', labels, seconds),
    line('skiff_request_seconds_count', labels, answered),
  ];
}

const head = (name: string, type: string, help: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];

const escaped = (value: string | number): string =>
  String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, of]) => `${label}="${escaped(of)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`;
}

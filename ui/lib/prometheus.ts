/** One line of Prometheus's text format (version 0.0.4). */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^(\w+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** The samples of a text that our own API wrote; comments are passed over. */
export const parseMetrics = (text: string): Sample[] =>
  text.split('\n').flatMap((line) => {
    const found = LINE.exec(line);
    if (!found) return [];
    const [, name = '', labels = '', value] = found;
    const pairs = [...labels.matchAll(LABEL)].map(([, key = '', quoted = '']) => [
      key,
      quoted.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    ]);
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
  });

/** What endpoints did since midnight, UTC, and what rings. */
export interface EndpointFigures {
  readonly requests: number;
  /** Answered with 5xx. */
  readonly failures: number;
  readonly raised: readonly string[];
  /** Whether a monitor watches it. */
  readonly watched: boolean;
}

const NONE: EndpointFigures = { requests: 0, failures: 0, raised: [], watched: false };

/** By name; those that nothing is known of are left out. */
export function figuresOf(samples: readonly Sample[]): ReadonlyMap<string, EndpointFigures> {
  const all = new Map<string, EndpointFigures>();
  for (const { name, labels, value } of samples) {
    const { endpoint = '', alarm = '', reason } = labels;
    const before = all.get(endpoint) ?? NONE;
    if (name === 'model_infer_request_success_total') {
      all.set(endpoint, { ...before, requests: before.requests + value });
    } else if (name === 'model_infer_request_failure_total') {
      const failures = before.failures + (reason === 'server' ? value : 0);
      all.set(endpoint, { ...before, requests: before.requests + value, failures });
    } else if (name === 'skiff_alarm_raised') {
      const raised = value === 1 ? [...before.raised, alarm] : before.raised;
      all.set(endpoint, { ...before, raised, watched: true });
    }
  }
  return all;
}

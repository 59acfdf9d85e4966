export interface Sample {
  /** After the family's name: `_bucket`, `_sum` or `_count` of a histogram. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with all of its time series. */
export interface Family {
  /** Of a counter: with `_total`. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/**
 * Prometheus's text format, version 0.0.4. Families without samples are left out.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function exposition(families: readonly Family[]): string {
  const texts = families.filter(({ samples }) => samples.length > 0).map(textOf);
  return texts.join('');
}

export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

function textOf({ name, type, help, samples }: Family): string {
  const lines = samples.map(
    ({ suffix = '', labels, value }) => `${name}${suffix}${labelled(labels)} ${numberOf(value)}`,
  );
  const about = [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`];
  return `${[...about, ...lines].join('\n')}\n`;
}

function labelled(labels: Sample['labels']): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`,
  );
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

const numberOf = (value: number): string =>
  Number.isFinite(value) || Number.isNaN(value) ? `${value}` : value > 0 ? '+Inf' : '-Inf';

/**
 * The series of a histogram.
 * @param counts by bucket, one more than there are upper bounds
 */
export function histogramSamples(
  labels: Sample['labels'],
  { bounds, counts, sum }: { bounds: readonly number[]; counts: readonly number[]; sum: number },
): Sample[] {
  let total = 0;
  const buckets = counts.map((count, i): Sample => {
    total += count;
    const le = bounds[i] === undefined ? '+Inf' : `${bounds[i]}`;
    return { suffix: '_bucket', labels: { ...labels, le }, value: total };
  });
  return [
    ...buckets,
    { suffix: '_sum', labels, value: sum },
    { suffix: '_count', labels, value: total },
  ];
}

import { escapeHtml as e } from '#shared/escape-html.ts';
import { type Block, facts, note, type Section, table, text } from '#shared/page/blocks.ts';
import { maybe, number, percent } from '#shared/page/numbers.ts';
import { renderPage } from '#shared/page/page.ts';
import { ALARMS } from './alarms.ts';
import { conceptDriftBlocks, multivariateBlocks, segmentBlocks } from './page-parts.ts';
import { performanceBlocks } from './page-performance.ts';
import { distributionPlots, timelinePlots } from './page-plots.ts';
import type { ColumnReport, Report, ReportSummary } from './report-schema.ts';

const VERDICTS: Readonly<Record<Report['status'], readonly [tone: string, words: string]>> = {
  stable: ['good', 'No drift'],
  drifted: ['bad', 'The data have drifted'],
  'insufficient-data': ['wait', 'Too few rows to judge'],
  'no-reference': ['wait', 'Nothing to compare with'],
};

/**
 * A report as one self-contained page.
 * @param history the windows up to this one, oldest first
 * @param linkTo where the captures below a prefix can be seen
 */
export function toHtml(
  report: Report,
  history: readonly ReportSummary[],
  linkTo: (prefix: string) => string,
): string {
  const { endpoint, id, revision, rows, reference } = report;
  return renderPage({
    title: `Monitor: ${endpoint}, ${id}`,
    eyebrow: 'Monitoring report',
    heading: `<h1>${e(endpoint)} <span class="version">${e(spanOf(report))}</span></h1>`,
    meta: [
      `${number(rows)} rows`,
      `compared with ${reference}`,
      ...(revision > 1 ? [`revision ${revision}`] : []),
    ],
    lead: verdict(report),
    sections: [
      ...sectionsOf(report, history),
      { id: 'source', title: 'Where this comes from', blocks: sourceBlocks(report, linkTo) },
    ],
    footer: `Report ${id}. The JSON of the same address holds every figure.`,
  });
}

function spanOf({ from, to }: Report): string {
  const short = (at: string) => at.slice(0, 16).replace('T', ' ');
  return `${short(from)} to ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11, 16) : short(to)} UTC`;
}

function verdict(report: Report): string {
  const breached = report.alarms.filter((alarm) => alarm.breached);
  const [tone, words] = VERDICTS[report.status];
  const bad = breached.length > 0 ? 'bad' : tone;
  const items = breached.map(
    ({ alarm, value, threshold }) =>
      `<li><strong>${e(alarm)}</strong> ${e(maybe(value))}, threshold ${e(number(threshold))}<span class="small">${e(ALARMS[alarm].says)}</span></li>`,
  );
  return `<section class="verdict ${bad}" aria-labelledby="verdict"><h2 id="verdict">${e(words)}</h2>${
    items.length > 0 ? `<ul>${items.join('')}</ul>` : '<p>Everything is within its bounds.</p>'
  }</section>`;
}

const sectionsOf = (report: Report, history: readonly ReportSummary[]): Section[] => [
  {
    id: 'features',
    title: 'What changed',
    blocks: [
      ...columnBlocks(report.features, 'Features, the weightiest first', notJudged(report)),
      ...multivariateBlocks(report),
    ],
  },
  ...(report.outputs.length > 0
    ? [
        {
          id: 'outputs',
          title: 'What was answered',
          blocks: columnBlocks(report.outputs, 'Outputs', ''),
        },
      ]
    : []),
  { id: 'quality', title: 'Data quality', blocks: qualityBlocks(report) },
  { id: 'performance', title: 'Performance', blocks: performanceBlocks(report, history) },
  {
    id: 'concept-drift',
    title: 'Concept drift',
    blocks: conceptDriftBlocks(report, history),
  },
  ...(report.segments.length > 0
    ? [{ id: 'segments', title: 'Segments', blocks: segmentBlocks(report) }]
    : []),
  { id: 'health', title: 'Health', blocks: healthBlocks(report) },
  { id: 'time', title: 'Over time', blocks: timelineBlocks(history) },
];

const notJudged = ({ status, rows }: Report): string =>
  status === 'no-reference'
    ? 'There is no reference for the version that answered.'
    : `${number(rows)} captured rows are too few to judge.`;

function columnBlocks(columns: readonly ColumnReport[], caption: string, none: string): Block[] {
  if (columns.length === 0) return [note(none)];
  const rows = columns.map((column) => [
    column.name,
    column.drifted ? 'drifted' : 'stable',
    column.method,
    number(column.score),
    maybe(column.adjustedPValue ?? column.pValue),
    number(column.threshold),
    percent(column.importance),
    number(column.strength),
  ]);
  const head = ['Column', 'Verdict', 'Method', '#Score', '#p', '#Threshold', '#Importance'];
  return [table(caption, [...head, '#Times threshold'], rows), ...distributionPlots(columns)];
}

function qualityBlocks({ quality, notCompared }: Report): Block[] {
  const found = quality.map((one) => [
    one.feature,
    one.kind,
    percent(one.share),
    `${percent(one.interval.lower)} to ${percent(one.interval.upper)}`,
    percent(one.reference),
  ]);
  const findings =
    found.length > 0
      ? table('Findings', ['Feature', 'What', '#Share', '#Interval', '#Reference'], found)
      : text('Nothing is certain to be worse than in the reference.');
  const left = notCompared.map(({ name, reason }) => [name, reason]);
  return [findings, ...(left.length > 0 ? [table('Not compared', ['Column', 'Why'], left)] : [])];
}

const healthBlocks = ({ health }: Report): Block[] => [
  facts([
    ['Requests', number(health.requests)],
    ['4xx', number(health.clientErrors)],
    ['5xx', number(health.serverErrors)],
    ['95th percentile', health.p95LatencyMs === null ? '–' : `${number(health.p95LatencyMs)} ms`],
    ['Requests not counted', number(health.missing)],
  ]),
];

function timelineBlocks(history: readonly ReportSummary[]): Block[] {
  const blocks = timelinePlots(history);
  return blocks.length > 0 ? blocks : [note('The next windows will make a line of this.')];
}

const sourceBlocks = (
  { subject, reference, referenceRows, captures, ...rest }: Report,
  linkTo: (prefix: string) => string,
): Block[] => [
  facts([
    ['Version', subject ? `${subject.model} ${subject.version}, variant ${subject.variant}` : '–'],
    ['Reference', `${reference}, ${number(referenceRows)} rows`],
    ['Monitor', `revision ${rest.monitorRevision}`],
  ]),
  {
    ...table(
      'Raw captures',
      ['Prefix'],
      captures.map((prefix) => [prefix]),
    ),
    links: captures.map(linkTo),
  },
];

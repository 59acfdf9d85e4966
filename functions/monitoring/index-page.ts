import { escapeHtml as e } from '#shared/escape-html.ts';
import { type Block, note, type Table, table } from '#shared/page/blocks.ts';
import { maybe, number } from '#shared/page/numbers.ts';
import { renderPage } from '#shared/page/page.ts';
import { ALARMS } from './alarms.ts';
import type { Watched } from './latest.ts';
import { timelinePlots } from './page-plots.ts';
import type { ReportSummary } from './report-schema.ts';

interface Listed {
  readonly items: readonly ReportSummary[];
  readonly nextCursor?: string | undefined;
}

/** An endpoint's windows on one self-contained page, which leads to their reports. */
export function indexPage(
  endpoint: string,
  { items, nextCursor }: Listed,
  watched: Watched | undefined,
): string {
  const windows = newestRevisions(items);
  return renderPage({
    title: `Monitor: ${endpoint}`,
    eyebrow: 'Monitor',
    heading: `<h1>${e(endpoint)}</h1>`,
    meta: [
      watched ? 'watched' : 'not watched now',
      `${number(windows.length)} ${windows.length === 1 ? 'window' : 'windows'}`,
      ...(windows[0] ? [`the newest ends ${minute(windows[0].to)} UTC`] : []),
    ],
    lead: verdict(watched) + strip(windows),
    sections: [
      { id: 'time', title: 'Over time', blocks: timelines(windows) },
      { id: 'windows', title: 'Windows', blocks: [windowTable(windows, nextCursor)] },
    ],
    footer: 'The JSON of the same address holds the figures of each window.',
  });
}

/** Of each window, the newest first as they come. */
function newestRevisions(items: readonly ReportSummary[]): ReportSummary[] {
  const windows = new Map<string, ReportSummary>();
  for (const item of items) {
    const key = `${item.from} ${item.to}`;
    if (!windows.has(key)) windows.set(key, item);
  }
  return [...windows.values()];
}

const minute = (at: string): string => at.slice(0, 16).replace('T', ' ');
const spanOf = ({ from, to }: ReportSummary): string =>
  `${minute(from)} to ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11, 16) : minute(to)}`;

/** Beside this page, whose address ends in `/reports`. */
const hrefOf = ({ id }: ReportSummary): string => `reports/${id}?format=html`;

function verdict(watched: Watched | undefined): string {
  const raised = watched?.alarms.filter((alarm) => alarm.raised) ?? [];
  const [tone, words] = !watched
    ? ['wait', 'Nobody watches this endpoint now']
    : raised.length > 0
      ? [
          'bad',
          `${number(raised.length)} ${raised.length === 1 ? 'alarm is' : 'alarms are'} raised`,
        ]
      : ['good', 'No alarm is raised'];
  const items = raised.map(
    ({ name }) =>
      `<li><strong>${e(name)}</strong><span class="small">${e(ALARMS[name].says)}</span></li>`,
  );
  const body = items.length > 0 ? `<ul>${items.join('')}</ul>` : '';
  return `<section class="verdict ${tone}" aria-labelledby="verdict"><h2 id="verdict">${e(words)}</h2>${body}</section>`;
}

const TONES = {
  stable: 'good',
  drifted: 'bad',
  'insufficient-data': 'wait',
  'no-reference': 'wait',
};
const toneOf = (window: ReportSummary): string =>
  breachedIn(window).length > 0 ? 'bad' : TONES[window.status];

/** A cell for each window, the oldest first. */
function strip(windows: readonly ReportSummary[]): string {
  if (windows.length === 0) return '';
  const cells = windows.toReversed().map((window) => {
    const label = `${spanOf(window)}: ${stateOf(window)}`;
    return `<li><a class="${toneOf(window)}" href="${e(hrefOf(window))}" title="${e(label)}" aria-label="${e(label)}"></a></li>`;
  });
  return `<ol class="strip" aria-label="Windows, the oldest first">${cells.join('')}</ol>`;
}

const breachedIn = ({ alarms }: ReportSummary) => alarms.filter((alarm) => alarm.breached);
const stateOf = (window: ReportSummary): string => {
  const breached = breachedIn(window).map(({ alarm }) => alarm);
  return [window.status, ...breached].join(', ');
};

function timelines(windows: readonly ReportSummary[]): Block[] {
  const blocks = timelinePlots(windows.toReversed());
  return blocks.length > 0 ? blocks : [note('The next windows will make lines of this.')];
}

function windowTable(windows: readonly ReportSummary[], nextCursor: string | undefined): Table {
  const figure = (window: ReportSummary, name: string) =>
    window.alarms.find(({ alarm }) => alarm === name)?.value;
  const rows = windows.map((window) => [
    spanOf(window),
    stateOf(window),
    number(window.rows),
    maybe(figure(window, 'drift-share')),
    window.performance ? `${window.performance.metric} ${number(window.performance.value)}` : '–',
    number(window.labels),
    number(window.revision),
  ]);
  const head = ['Window (UTC)', 'State', '#Rows', '#Drifted share', '#Performance', '#Labels'];
  const older = nextCursor === undefined ? [] : [['Older windows', ...head.map(() => '')]];
  const links = [
    ...windows.map(hrefOf),
    ...(nextCursor === undefined ? [] : [`reports?format=html&cursor=${nextCursor}`]),
  ];
  const all = table('The newest first', [...head, '#Revision'], [...rows, ...older]);
  return { ...all, links };
}

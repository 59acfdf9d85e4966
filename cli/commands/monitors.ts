import { writeFile } from 'node:fs/promises';
import type { Answer, Client, Input } from '#client';
import { argument, commands, limit, readJson, string, take } from '../arguments.ts';
import { type Invocation, Problem } from '../command.ts';
import { facts, figure, type Output, status, table, time } from '../output.ts';

const MONITOR = '/api/v1/endpoints/{endpoint}/monitor';
const REPORTS = '/api/v1/endpoints/{endpoint}/reports';
type Monitor = Answer<`GET ${typeof MONITOR}`>;
type Report = Answer<`GET ${typeof REPORTS}/{report}`>;
type Summary = Answer<`POST ${typeof MONITOR}/runs`>;

/** Features that are shown; the weightiest come first. */
const SHOWN = 20;

export const monitors = commands([
  {
    name: 'monitors set',
    summary: 'Watch an endpoint for drift, bad data, lost accuracy, errors and silence',
    arguments: ['<endpoint>', '[file]'],
    details:
      'The file is JSON as the API takes it (docs/monitoring.md); without one, hourly defaults.',
    examples: ['skiff monitors set wages', 'skiff monitors set wages monitor.json'],
    async run(invocation) {
      const file = invocation.positionals[1];
      const body = file ? await readJson<Input<`PUT ${typeof MONITOR}`>['body']>(file) : {};
      const params = { endpoint: argument(invocation, 0) };
      const monitor = await invocation.client().call(`PUT ${MONITOR}`, { params, body });
      invocation.out.result(monitor, () => monitorText(invocation.out, monitor));
    },
  },
  {
    name: 'monitors show',
    summary: 'How an endpoint is watched, and which alarms are raised',
    arguments: ['<endpoint>'],
    examples: ['skiff monitors show wages'],
    async run(invocation) {
      const params = { endpoint: argument(invocation, 0) };
      const monitor = await invocation.client().call(`GET ${MONITOR}`, { params });
      invocation.out.result(monitor, () => monitorText(invocation.out, monitor));
    },
  },
  {
    name: 'monitors run',
    summary: 'Look at a window now; exit code 1 where something is out of bounds',
    arguments: ['<endpoint>'],
    options: {
      from: string('beginning (default: the last whole window)', '<time>'),
      to: string('end, exclusive (default: a window later)', '<time>'),
    },
    examples: ['skiff monitors run wages --from 2026-11-02T08:00:00Z --to 2026-11-02T09:00:00Z'],
    async run(invocation) {
      const { out } = invocation;
      const [from, to] = [invocation.text('from'), invocation.text('to')];
      const report = await invocation.client().call(`POST ${MONITOR}/runs`, {
        params: { endpoint: argument(invocation, 0) },
        body: { ...(from && { from }), ...(to && { to }) },
      });
      out.result(report, () => summaryText(out, report));
      const bad = report.alarms.filter(({ breached }) => breached).map(({ alarm }) => alarm);
      if (bad.length > 0) throw new Problem(`out of bounds: ${bad.join(', ')}`);
    },
  },
  {
    name: 'monitors delete',
    summary: 'Watch an endpoint no more; its reports stay',
    arguments: ['<endpoint>'],
    examples: ['skiff monitors delete wages'],
    async run(invocation) {
      const endpoint = argument(invocation, 0);
      await invocation.client().call(`DELETE ${MONITOR}`, { params: { endpoint } });
      invocation.out.result({ deleted: endpoint }, () => `${endpoint} is not watched any more`);
    },
  },
  {
    name: 'reports list',
    summary: 'Reports on an endpoint, newest first',
    arguments: ['<endpoint>'],
    options: { limit },
    examples: ['skiff reports list wages'],
    async run(invocation) {
      const { out } = invocation;
      const params = { endpoint: argument(invocation, 0) };
      const list = await take(invocation, invocation.client().pages(`GET ${REPORTS}`, { params }));
      out.result(list, () =>
        table(
          out,
          ['id', 'status', 'rows', 'labels', 'out of bounds'],
          list.map((r) => [
            r.id,
            status(out, r.status),
            `${r.rows}`,
            `${r.labels}`,
            breached(r.alarms),
          ]),
        ),
      );
    },
  },
  {
    name: 'reports show',
    summary: 'What changed in a window, feature by feature',
    arguments: ['<endpoint>', '[report]'],
    options: { output: string('write it as a page with plots', '<file.html>', { short: 'o' }) },
    details: 'The newest report where none is named.',
    examples: ['skiff reports show wages', 'skiff reports show wages --output drift.html'],
    async run(invocation) {
      const { out } = invocation;
      const client = invocation.client();
      const params = await find(invocation, client);
      const file = invocation.text('output');
      if (file) {
        const query = { format: 'html' } as const;
        await writeFile(file, await client.text(`GET ${REPORTS}/{report}`, { params, query }));
        out.result({ file }, () => `written to ${file}`);
        return;
      }
      const report = await client.call(`GET ${REPORTS}/{report}`, { params });
      out.result(report, () => reportText(out, report));
    },
  },
]);

/** The report that is named, or the newest. */
async function find(invocation: Invocation, client: Client) {
  const endpoint = argument(invocation, 0);
  const named = invocation.positionals[1];
  if (named) return { endpoint, report: named };
  const query = { limit: 1 };
  const { items } = await client.call(`GET ${REPORTS}`, { params: { endpoint }, query });
  if (items[0]) return { endpoint, report: items[0].id };
  throw new Problem(`"${endpoint}" has no report yet: skiff monitors run`);
}

const breached = (alarms: Summary['alarms']): string =>
  alarms
    .filter((alarm) => alarm.breached)
    .map(({ alarm }) => alarm)
    .join(', ');

const monitorText = (out: Output, m: Monitor): string =>
  facts(out, [
    ['endpoint', m.endpoint],
    ['raised', m.raised.join(', ') || 'nothing'],
    ['looks', m.schedule ?? 'once per window'],
    ['window', `${m.window.minutes} minutes, the next from ${time(m.next)}`],
    ['reference', m.reference.kind],
    ['set', `${time(m.updatedAt)} by ${m.updatedBy}`],
  ]);

function summaryText(out: Output, r: Summary | Report): string {
  const alarms = r.alarms.map((a) => [
    a.breached ? out.style('red', a.alarm) : a.alarm,
    figure(a.value),
    figure(a.threshold),
    a.breached === undefined ? 'too little to tell' : a.breached ? 'out of bounds' : '',
  ]);
  const head = facts(out, [
    ['report', r.id],
    ['window', `${time(r.from)} to ${time(r.to)}`],
    ['status', status(out, r.status)],
    ['rows', r.rows],
    ['labels', r.labels],
    ['performance', r.performance && `${r.performance.metric} ${figure(r.performance.value)}`],
  ]);
  return [head, table(out, ['alarm', 'value', 'threshold', ''], alarms)].join('\n\n');
}

function reportText(out: Output, r: Report): string {
  const columns = [...r.features, ...r.outputs]
    .slice(0, SHOWN)
    .map((c) => [
      c.drifted ? out.style('red', c.name) : c.name,
      c.method,
      figure(c.score),
      figure(c.threshold),
      c.drifted ? 'drifted' : '',
      figure(c.importance),
    ]);
  const headings = ['column', 'method', 'score', 'threshold', '', 'importance'];
  return [
    summaryText(out, r),
    `compared with ${r.reference}`,
    ...(columns.length > 0 ? [table(out, headings, columns)] : []),
    ...(r.quality.length > 0 ? [r.quality.map(({ message }) => `! ${message}`).join('\n')] : []),
  ].join('\n\n');
}

import { route } from '#shared/http.ts';
import { pageReply } from '#shared/page/reply.ts';
import { pageOf } from '#slices/registry';
import { indexPage } from './index-page.ts';
import { watchedNow } from './latest.ts';
import { deleteMonitor, getMonitor, putMonitor } from './monitors.ts';
import { askedWindow } from './on-demand.ts';
import { toHtml } from './page.ts';
import { linkToPrefix } from './raw-captures.ts';
import { Report, ReportSummary } from './report-schema.ts';
import { runWindow } from './run.ts';
import {
  Monitor,
  MonitorSpec,
  OfEndpoint,
  OfReport,
  ReportQuery,
  ReportsQuery,
  RunRequest,
} from './schema.ts';
import { listHistory, listReports, readReport } from './store.ts';

const MONITOR = '/api/v1/endpoints/{endpoint}/monitor';
const REPORTS = '/api/v1/endpoints/{endpoint}/reports';

/** What is asked for, or else what the caller would like to read. */
const formatOf = ({ format }: { format?: 'json' | 'html' | undefined }, accept = '') =>
  format ?? (/^text\/html\b/.test(accept) ? 'html' : 'json');

export const routes = [
  route({
    method: 'PUT',
    path: MONITOR,
    operation: 'putMonitor',
    summary:
      'Watch an endpoint: drift, data quality, performance, health; every field may be left out',
    scope: 'deploy',
    params: OfEndpoint,
    body: MonitorSpec,
    response: { status: 200, schema: Monitor, or: { status: 201, schema: Monitor } },
    run: async ({ params, body, ...by }) => {
      const { monitor, created } = await putMonitor(params.endpoint, body, by);
      return { status: created ? 201 : 200, body: monitor, revision: monitor.revision };
    },
  }),
  route({
    method: 'GET',
    path: MONITOR,
    operation: 'getMonitor',
    summary: 'How an endpoint is watched, and which alarms are raised',
    scope: 'read',
    params: OfEndpoint,
    response: { status: 200, schema: Monitor },
    run: async ({ params }) => {
      const monitor = await getMonitor(params.endpoint);
      return { body: monitor, revision: monitor.revision };
    },
  }),
  route({
    method: 'DELETE',
    path: MONITOR,
    operation: 'deleteMonitor',
    summary: 'Watch it no longer: schedule and alarms go, reports stay',
    scope: 'deploy',
    params: OfEndpoint,
    response: { status: 204 },
    run: async ({ params, ...by }) => {
      await deleteMonitor(params.endpoint, by);
      return {};
    },
  }),
  route({
    method: 'POST',
    path: `${MONITOR}/runs`,
    operation: 'runMonitor',
    summary: 'Look at a window now; the same data give the same report',
    scope: 'deploy',
    repeat: 'as it is',
    params: OfEndpoint,
    body: RunRequest,
    response: { status: 200, schema: ReportSummary },
    run: async ({ params, body, actor, requestId }) => {
      const now = new Date();
      const monitor = await getMonitor(params.endpoint);
      const span = askedWindow(monitor, body, now.getTime());
      const report = await runWindow(monitor, span, { actor, requestId, now });
      return { body: ReportSummary.parse(report), revision: report.revision };
    },
  }),
  route({
    method: 'GET',
    path: REPORTS,
    operation: 'listReports',
    summary: 'Reports of its windows, the newest first, as figures or as a page',
    scope: 'read',
    params: OfEndpoint,
    query: ReportsQuery,
    response: { status: 200, schema: pageOf(ReportSummary), texts: ['text/html'] },
    run: async ({ params: { endpoint }, query, accept }) => {
      const reports = await listReports(endpoint, query);
      if (formatOf(query, accept) === 'json') return { body: reports };
      return pageReply(indexPage(endpoint, reports, await watchedNow(endpoint)));
    },
  }),
  route({
    method: 'GET',
    path: `${REPORTS}/{report}`,
    operation: 'getReport',
    summary: 'What a window showed, as figures or as a page',
    scope: 'read',
    params: OfReport,
    query: ReportQuery,
    response: { status: 200, schema: Report, texts: ['text/html'] },
    run: async ({ params, query, accept }) => {
      const report = await readReport(params.endpoint, params.report);
      if (formatOf(query, accept) === 'json') return { body: report, revision: report.revision };
      return pageReply(toHtml(report, await listHistory(report), linkToPrefix));
    },
  }),
];

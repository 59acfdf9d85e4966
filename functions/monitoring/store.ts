import { createHash } from 'node:crypto';
import { AppError } from '#core/errors.ts';
import { type Span, windowId } from '#core/monitoring/windows.ts';
import {
  getItem,
  type Item,
  newestPage,
  type Page,
  queryPage,
  table,
  transact,
  type Write,
} from '#shared/dynamo.ts';
import { keys } from '#shared/keys.ts';
import { type ObjectRef, readObject, writeOnce } from '#shared/objects.ts';
import type { AlarmStates } from './alarms.ts';
import type { FirstWindow } from './reference.ts';
import { Report, type ReportContent, ReportSummary } from './report-schema.ts';
import { settings } from './settings.ts';

/** What a monitor remembers from window to window. */
export interface State {
  /** Beginning of the next window, in milliseconds since the epoch. */
  readonly next: number;
  readonly alarms: AlarmStates;
  /** The first window with enough rows, where nothing else is named to compare with. */
  readonly reference?: FirstWindow | undefined;
  /** Counts its changes: who has not seen the newest may not make the next. */
  readonly serial: number;
}

export async function readState(endpoint: string): Promise<State | undefined> {
  const item = await getItem(keys.monitorState(endpoint));
  if (!item) return undefined;
  return {
    next: item.next as number,
    alarms: item.alarms as AlarmStates,
    reference: item.reference as FirstWindow | undefined,
    serial: Number(item.serial),
  };
}

/** @param seen what it is to follow; undefined: there is none yet */
export function stateWrite(endpoint: string, next: Omit<State, 'serial'>, seen?: State): Write {
  const serial = (seen?.serial ?? 0) + 1;
  return {
    Put: {
      TableName: table().name,
      Item: { ...keys.monitorState(endpoint), ...next, serial },
      ...(seen
        ? {
            ConditionExpression: 'serial = :seen',
            ExpressionAttributeValues: { ':seen': seen.serial },
          }
        : { ConditionExpression: 'attribute_not_exists(pk)' }),
    },
  };
}

export interface StoredReport {
  readonly summary: ReportSummary;
  /** Of its content, which names its object. */
  readonly digest: string;
  /** Of what it was made from: tells whether anything has changed. */
  readonly inputs: string;
  /** Which feedback there was. */
  readonly said: string;
}

export const digestOf = (content: ReportContent): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('hex');

/** The newest revision of a window's report. */
export async function latestReport(
  endpoint: string,
  span: Span,
): Promise<StoredReport | undefined> {
  const prefix = `REPORT#${windowId(span)}#`;
  const { items } = await newestPage(keys.monitor(endpoint).pk, prefix, { limit: 1 });
  return items[0] && stored(items[0]);
}

const stored = (item: Item): StoredReport => ({
  summary: ReportSummary.parse(item),
  digest: String(item.digest),
  inputs: String(item.inputs),
  said: String(item.said),
});

/** So many windows back: a chain of detectors that was broken for longer begins anew. */
const MOST_BEFORE = 50;

/** Id of the newest report of a window that had ended by then and that knows of concept drift. */
export async function reportBefore(endpoint: string, at: number): Promise<string | undefined> {
  const { pk } = keys.monitor(endpoint);
  const until = windowId({ from: at, to: at }).split('-')[0];
  const query = {
    pk,
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
    ExpressionAttributeValues: { ':pk': pk, ':from': 'REPORT#', ':to': `REPORT#${until}` },
    ScanIndexForward: false,
  };
  const { items } = await queryPage(query, { limit: MOST_BEFORE }, (sk) => ({ pk, sk }));
  const summaries = items.map((item) => ReportSummary.parse(item));
  return summaries.find(({ to, conceptDrift }) => conceptDrift && Date.parse(to) <= at)?.id;
}

/** Newest windows first, and of each the newest revision first. */
export async function listReports(
  endpoint: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<Page<ReportSummary>> {
  const found = await newestPage(keys.monitor(endpoint).pk, 'REPORT#', page);
  return { ...found, items: found.items.map((item) => ReportSummary.parse(item)) };
}

/** Of a timeline. */
const MOST_WINDOWS = 60;

/** The windows up to that of a report, oldest first, each in its newest revision. */
export async function listHistory(report: Report): Promise<ReportSummary[]> {
  const { pk } = keys.monitor(report.endpoint);
  const query = {
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
    ExpressionAttributeValues: {
      ':pk': pk,
      ':from': 'REPORT#',
      ':to': `REPORT#${report.id.replace(/-r\d+$/, '')}#~`,
    },
    ScanIndexForward: false,
  };
  const { items } = await queryPage(query, { limit: 2 * MOST_WINDOWS }, (sk) => ({ pk, sk }));
  const newest = new Map<string, ReportSummary>();
  for (const item of items) {
    const summary = ReportSummary.parse(item);
    if (!newest.has(summary.from)) newest.set(summary.from, summary);
  }
  return [...newest.values()].slice(0, MOST_WINDOWS).reverse();
}

/** Named by what it holds: a report that is there is never another one. */
const refOf = (endpoint: string, id: string, digest: string): ObjectRef => ({
  bucket: settings().DATA_BUCKET,
  key: `reports/endpoints/${endpoint}/${id}-${digest.slice(0, 12)}.json`,
});

export async function writeReport(report: Report, digest: string): Promise<void> {
  const ref = refOf(report.endpoint, report.id, digest);
  await writeOnce(ref, Buffer.from(`${JSON.stringify(report)}\n`));
}

/** @throws AppError `not-found` */
export async function readReport(endpoint: string, id: string): Promise<Report> {
  const [, window = '', revision] = /^(.*)-r(\d+)$/.exec(id) ?? [];
  const item = await getItem(keys.monitorReport(endpoint, window, Number(revision)));
  if (!item) throw new AppError('not-found', `"${endpoint}" has no report ${id}`);
  const { bytes } = await readObject(refOf(endpoint, id, String(item.digest)));
  return Report.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}

export function reportWrite(
  report: Report,
  { digest, inputs, said }: Omit<StoredReport, 'summary'>,
  now: Date,
): Write {
  const window = windowId({ from: Date.parse(report.from), to: Date.parse(report.to) });
  const summary = ReportSummary.parse({ ...report, createdAt: now.toISOString() });
  return {
    Put: {
      TableName: table().name,
      Item: {
        ...keys.monitorReport(report.endpoint, window, report.revision),
        ...summary,
        ...{ digest, inputs, said },
      },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
}

/** @returns false where someone else was faster: look again */
export const commit = async (writes: Write[]): Promise<boolean> =>
  (await transact(writes)) === undefined;

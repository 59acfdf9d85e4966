import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { type Api, call, clientOf } from '../api-client.ts';
import type { Example } from '../examples.ts';
import type { LocalAws } from '../local-aws.ts';
import { placeOf } from '../settings.ts';
import { verdictOf } from '../verdict.ts';
import { approved, type FirstDay, registerVersion } from './first-day.ts';
import { hearing } from './hear.ts';
import { dot, step } from './print.ts';

const MINUTE = 60_000;
const PATIENCE_MS = 60_000;
const ROWS_PER_REQUEST = 10;

/** The region whose penguins alone come later. */
const ISLAND = 'Dream';

const DRIFT_ALARMS = ['drift-share', 'worst-feature', 'multivariate-drift'];

type Row = Readonly<Record<string, string | number | null>>;

/** Whole minutes, in milliseconds since the epoch. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** The windows in which the two populations came. */
export interface Watched {
  readonly example: Example;
  readonly day: FirstDay;
  readonly calm: Span;
}

interface Report {
  readonly id: string;
  readonly status: string;
  readonly rows: number;
  readonly features: readonly { readonly name: string; readonly drifted: boolean }[];
}

/** A version is rolled out under the traffic of all islands, and is watched from then on. */
export async function watchIslands(api: Api, example: Example, day: FirstDay): Promise<Watched> {
  const { endpoint, model, version } = day;
  const path = `/api/v1/endpoints/${endpoint}`;
  console.log(`\n${example.name}: watched, and sent back by itself when the data drift`);
  let next = 0;
  await step('register the version again, as if trained anew', async () => {
    const more = { ...example.version, description: 'trained anew' };
    next = (await registerVersion(api, model, { ...example, more })).version;
    return approved(await verdictOf(api, model, next, { onProgress: dot }));
  });
  const variants = [{ name: 'live', model, version }];
  await call(api, 'PUT', path, { body: { variants, capture: { share: 1 } } });
  const rows = heldOut(example);
  await step('roll it out under the traffic of all three islands', async () => {
    const sent = await rollOut(api, path, { model, version: next }, rows);
    return `version ${next} promoted after ${sent} predictions`;
  });
  await step('watch it, and go back on drift', async () => {
    const alarm = { breaches: 1, windows: 1, coolDownMinutes: 0 };
    await call(api, 'PUT', `${path}/monitor`, { body: { alarm, minRows: 50 } });
    const body = { events: ['DriftDetected'], maximum: 10, coolDownSeconds: 60 };
    await call(api, 'PUT', `${path}/guard`, { body });
    return 'compared with its training data; a guard listens to DriftDetected';
  });
  const calm = await predict(api, day.endpoint, rows, 'predict for held-out penguins of all three');
  return { example, day, calm };
}

/** Answers the minutes in which it was. */
async function predict(
  api: Api,
  endpoint: string,
  rows: readonly Row[],
  title: string,
): Promise<Span> {
  const from = Date.now();
  await step(title, async () => {
    for (let i = 0; i < rows.length; i += ROWS_PER_REQUEST) {
      const body = { rows: rows.slice(i, i + ROWS_PER_REQUEST) };
      await call(api, 'POST', `/api/v1/endpoints/${endpoint}/predictions`, { body });
    }
    return `${rows.length} predictions`;
  });
  return wholeMinutes(from, Date.now());
}

/** Sends rows, one by one, until the version has all the traffic; answers how many it sent. */
async function rollOut(
  api: Api,
  path: string,
  wanted: { model: string; version: number },
  rows: readonly Row[],
): Promise<number> {
  const criteria = { minimumRequests: 20, latency: { quantile: 0.5, increase: 4 } };
  const body = { ...wanted, strategy: { kind: 'all-at-once' }, bakeSeconds: 5, criteria };
  const { id } = await call<{ id: string }>(api, 'POST', `${path}/rollouts`, { body });
  const deadline = Date.now() + PATIENCE_MS;
  for (let sent = 0; Date.now() < deadline; await sleep(50)) {
    await call(api, 'POST', `${path}/predictions`, { body: { rows: [rows[sent % rows.length]] } });
    sent++;
    if (sent % 10 > 0) continue;
    const { status, reason } = await call<Record<string, string>>(
      api,
      'GET',
      `${path}/rollouts/${id}`,
    );
    if (status === 'promoted') return sent;
    if (status !== 'running') throw new Error(`${status}: ${reason}`);
  }
  throw new Error('the rollout did not end in time');
}

/** The penguins of one island alone. */
export async function moveToOneIsland(api: Api, { example, day, calm }: Watched): Promise<Span> {
  console.log(`\n${example.name}: another population`);
  const rows = everyone(example).filter(({ island }) => island === ISLAND);
  // Windows are whole minutes, and the two populations must not share one.
  await sleep(Math.max(0, calm.to - Date.now()));
  return predict(api, day.endpoint, rows, `predict for the penguins of ${ISLAND} alone`);
}

/** No alarm before, an alarm after; the report, the event, and the endpoint that went back. */
export async function showMonitor(aws: LocalAws, watched: Watched, moved: Span): Promise<void> {
  const { example, day, calm } = watched;
  const path = `/api/v1/endpoints/${day.endpoint}`;
  console.log(`\n${example.name}: what its monitor saw`);
  await step('look at the window with all islands', async () => {
    const { status, rows } = await look(aws, path, calm);
    if (status !== 'stable') throw new Error(`the data have ${status}`);
    const raised = await raisedAlarms(aws, day.endpoint);
    if (raised.length > 0) throw new Error(`false alarms: ${raised.join(', ')}`);
    return `${rows} rows, ${status}; no alarm`;
  });
  const before = (await call<{ revision: number }>(aws, 'GET', path)).revision;
  let report: Report | undefined;
  const lookAgain = () =>
    step(`look at the window with ${ISLAND} alone`, async () => {
      report = await look(aws, path, moved);
      const drifted = report.features.filter((feature) => feature.drifted).map(({ name }) => name);
      const raised = await raisedAlarms(aws, day.endpoint);
      return `${report.rows} rows, ${report.status}: ${drifted.join(', ')}\n      alarms: ${raised.join(', ')}`;
    });
  // An emulator in a container does not reach this process.
  if (placeOf('local').external) await lookAgain();
  else {
    const wanted = { event: 'DriftDetected', endpoint: day.endpoint };
    const heard = await hearing(aws, wanted, lookAgain);
    await step('read the event that a webhook got', async () => heard);
  }
  await step('read the report', () => saveReport(aws, `${path}/reports/${report?.id}`));
  await step('wait until the event has sent the endpoint back', () => wentBack(aws, path, before));
}

async function look(api: Api, path: string, span: Span): Promise<Report> {
  const [from, to] = [new Date(span.from).toISOString(), new Date(span.to).toISOString()];
  await sleep(Math.max(0, span.to - Date.now()));
  const { id } = await call<Report>(api, 'POST', `${path}/monitor/runs`, { body: { from, to } });
  return call(api, 'GET', `${path}/reports/${id}`);
}

/** The alarms of drift that CloudWatch has raised. */
async function raisedAlarms(aws: LocalAws, endpoint: string): Promise<string[]> {
  const { awsEndpointUrl, region } = aws;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new CloudWatchClient({ endpoint: awsEndpointUrl, region, credentials });
  const prefix = `SkiffPlatform-monitor/${endpoint}/`;
  const AlarmNames = DRIFT_ALARMS.map((name) => prefix + name);
  const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({ AlarmNames }));
  client.destroy();
  if (MetricAlarms.length < AlarmNames.length) throw new Error('an alarm of drift is missing');
  const raised = MetricAlarms.filter(({ StateValue }) => StateValue === 'ALARM');
  return raised.map(({ AlarmName = '' }) => AlarmName.slice(prefix.length));
}

async function saveReport(api: Api, path: string): Promise<string> {
  const { body } = await clientOf(api).raw<string>('GET', `${path}?format=html`);
  const file = join(placeOf('local').folder, 'drift-report.html');
  writeFileSync(file, body);
  return `${path}, as a page in ${file}`;
}

async function wentBack(api: Api, path: string, before: number): Promise<string> {
  const start = Date.now();
  for (; Date.now() - start < PATIENCE_MS; await sleep(250)) {
    const { revision, reason, variants } = await call<{
      revision: number;
      reason?: string;
      variants: { version: number }[];
    }>(api, 'GET', path);
    if (revision === before) continue;
    const seconds = ((Date.now() - start) / 1000).toFixed(1);
    return `revision ${revision} with version ${variants[0]?.version}, ${seconds} s later\n      ${reason}`;
  }
  throw new Error('the endpoint did not go back');
}

const wholeMinutes = (from: number, to: number): Span => ({
  from: Math.floor(from / MINUTE) * MINUTE,
  to: Math.ceil(to / MINUTE) * MINUTE,
});

const heldOut = ({ datasets }: Example): Row[] =>
  datasets.filter(({ about }) => about.role === 'validation').flatMap(({ csv }) => rowsOf(csv));

const everyone = ({ datasets }: Example): Row[] => datasets.flatMap(({ csv }) => rowsOf(csv));

const TEXTS = ['island', 'sex'];

/** Rows of features, without the label; an empty field is missing. */
function rowsOf(csv: Uint8Array): Row[] {
  const [header = '', ...lines] = Buffer.from(csv).toString('utf8').trim().split('\n');
  const names = header.split(',').slice(0, -1);
  return lines.map((line) => {
    const cells = line.split(',');
    const value = (name: string, cell: string) => (TEXTS.includes(name) ? cell : Number(cell));
    return Object.fromEntries(
      names.map((name, i) => [name, cells[i] ? value(name, cells[i]) : null]),
    );
  });
}

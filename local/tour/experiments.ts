import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, call } from '../api-client.ts';
import type { Example, ExampleDataset } from '../examples.ts';
import type { FirstDay } from './first-day.ts';
import { step } from './print.ts';
import { otherVersion } from './shadows.ts';

const ROWS_PER_REQUEST = 10;
const PATIENCE_MS = 120_000;

interface Experiment {
  readonly id: string;
  readonly status: string;
  readonly plan: { readonly perArm: number };
  readonly verdict?: { readonly words: string };
}

interface Observed {
  readonly row: Readonly<Record<string, unknown>>;
  readonly label: string;
}

/** Two versions share the traffic; the held-out labels come as feedback; there is a verdict. */
export async function showExperiment(api: Api, example: Example, day: FirstDay): Promise<void> {
  const { endpoint, model, version } = day;
  const path = `/api/v1/endpoints/${endpoint}`;
  const other = await otherVersion(api, model, version);
  if (other === undefined) return;
  console.log(`\n${example.name}: version ${other} against version ${version}`);
  await step('split the traffic in half', async () => {
    const variants = [
      { name: 'current', model, version, weight: 50 },
      { name: 'new', model, version: other, weight: 50 },
    ];
    const body = { variants, capture: { share: 1 } };
    const { revision } = await call<{ revision: number }>(api, 'PUT', path, { body });
    return `revision ${revision}`;
  });
  let experiment: Experiment | undefined;
  await step('ask whether one is right more often, by 12 points or more', async () => {
    experiment = await start(api, path);
    return `${experiment.plan.perArm} outcomes wanted of each`;
  });
  await step('predict for people whose wage is known, and tell it', async () => {
    const observed = heldOut(example);
    for (let i = 0; i < observed.length; i += ROWS_PER_REQUEST) {
      await predictAndTell(api, path, observed.slice(i, i + ROWS_PER_REQUEST));
    }
    return `${observed.length} predictions, ${observed.length} labels`;
  });
  await step('wait for the verdict', () => verdictOf(api, `${path}/experiments/${experiment?.id}`));
}

const start = (api: Api, path: string): Promise<Experiment> =>
  call(api, 'POST', `${path}/experiments`, {
    body: {
      ...{ name: 'is the new one right more often', control: 'current', treatments: ['new'] },
      ...{ metric: { kind: 'label-match' }, direction: 'increase' },
      ...{ minimumDetectableEffect: 0.12, baseline: 0.69 },
    },
  });

/** The validation set's rows and what turned out to be true of them. */
function heldOut({ datasets, model }: Example): Observed[] {
  const { about, csv } = datasets.find((d) => d.about.role === 'validation') as ExampleDataset;
  const [header = '', ...lines] = Buffer.from(csv).toString('utf8').trim().split('\n');
  const names = header.split(',');
  const label = String(about.label);
  if (!names.includes(label)) throw new Error(`the data of ${model.name} have no column ${label}`);
  return lines.map((line) => {
    const cells = line.split(',');
    const cell = (name: string) => cells[names.indexOf(name)] as string;
    const number = (name: string) => (cell(name) === '' ? null : Number(cell(name)));
    return { row: { education: number('education'), age: number('age') }, label: cell(label) };
  });
}

async function predictAndTell(api: Api, path: string, observed: readonly Observed[]) {
  const { predictions } = await call<{ predictions: { predictionId: string }[] }>(
    api,
    'POST',
    `${path}/predictions`,
    { body: { rows: observed.map(({ row }) => row) } },
  );
  const items = predictions.map(({ predictionId }, i) => ({
    predictionId,
    label: observed[i]?.label,
  }));
  await call(api, 'POST', '/api/v1/feedback', { body: { items } });
}

async function verdictOf(api: Api, path: string): Promise<string> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const { status, verdict } = await call<Experiment>(api, 'GET', path);
    if (status === 'ended') return verdict?.words ?? 'it ended without a verdict';
    if (Date.now() > deadline) throw new Error('there is no verdict yet');
    await sleep(2_500);
  }
}

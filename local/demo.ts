import { type Api, call } from './api-client.ts';
import {
  type Example,
  exampleNames,
  hasCandidates,
  hasSuccessors,
  readExample,
} from './examples.ts';
import { interruptible } from './interrupt.ts';
import { ensureLocalAws, type LocalAws, runningLocalAws, stopLocalAws } from './local-aws.ts';
import { main } from './problems.ts';
import { placeOf } from './settings.ts';
import { summary } from './summary.ts';
import { showBatch } from './tour/batch.ts';
import { showCandidates } from './tour/candidates.ts';
import { showEdge } from './tour/edge.ts';
import { showExperiment } from './tour/experiments.ts';
import { type FirstDay, firstDay } from './tour/first-day.ts';
import { moveToOneIsland, showMonitor, type Watched, watchIslands } from './tour/monitors.ts';
import { showNotebook } from './tour/notebook.ts';
import { tableOf } from './tour/print.ts';
import { showRollouts } from './tour/rollouts.ts';
import { showShadow } from './tour/shadows.ts';
import { showStream } from './tour/streams.ts';
import { showTraffic } from './tour/traffic.ts';

const HEADINGS = ['model', 'version', 'endpoint', 'rows', 'largest difference', 'ms'];
const cells = (day: FirstDay): string[] => [
  day.model,
  `${day.version}`,
  day.endpoint,
  `${day.rows}`,
  day.worst.toExponential(1),
  day.milliseconds.toFixed(0),
];

/** The example whose data have a real split: by island. */
const WATCHED = 'penguins';

/** Takes every example through its first day, by the HTTP API alone. */
await main(async () => {
  const place = placeOf('local');
  let isUp = (await runningLocalAws(place)) !== undefined;
  const stop = async () => {
    console.log(isUp ? '\nit goes on running; npm stop stops it' : '\nstopping');
    if (!isUp) await stopLocalAws(place);
    return 130;
  };
  await interruptible(async () => {
    const aws = await ensureLocalAws(place, { log: (line) => console.log(`· ${line}`) });
    isUp = true;
    await showExamples(aws);
  }, stop);
});

async function showExamples(aws: LocalAws): Promise<void> {
  const days: FirstDay[] = [];
  let watched: Watched | undefined;
  for (const name of exampleNames()) {
    const day = await firstDay(aws, readExample(name));
    days.push(day);
    if (hasCandidates(name)) await showCandidates(aws, name, day.model);
    if (hasSuccessors(name)) await showRollouts(aws, readExample(name));
    if (name === WATCHED) watched = await watchIslands(aws, readExample(name), day);
  }
  // Time must pass between the two populations, and after them: the rest of the tour does it.
  const moved = watched && (await moveToOneIsland(aws, watched));
  console.log(`\n${tableOf([HEADINGS, ...days.map(cells)])}`);
  await showTraffic(aws, readExample(exampleNames()[0] as string), days[0] as FirstDay);
  await showBatch(aws, readExample(exampleNames()[0] as string), days[0] as FirstDay);
  await showEdge(aws, readExample(exampleNames()[0] as string), days[0] as FirstDay);
  for (const day of days.filter(({ model }) => model === 'penguins')) {
    await showStream(aws, readExample(day.model), day);
  }
  const compared = days.at(-1) as FirstDay;
  await showNotebook(aws, readExample(compared.model));
  await showShadow(aws, readExample(compared.model), compared);
  await showExperiment(aws, readExample(compared.model), compared);
  if (watched && moved) await showMonitor(aws, watched, moved);
  await showHistory(aws, days[0] as FirstDay);
  console.log(summary(aws));
  console.log(cardLine(days.at(-1) as FirstDay));
  console.log(
    `${curlLine(readExample(exampleNames()[0] as string))}\n\nIt goes on running; npm stop stops it.`,
  );
}

async function showHistory(api: Api, { endpoint }: FirstDay): Promise<void> {
  const resource = encodeURIComponent(`endpoint/${endpoint}`);
  const { items } = await call<{ items: { at: string; actor: string; action: string }[] }>(
    api,
    'GET',
    `/api/v1/audit?resource=${resource}&limit=4`,
  );
  console.log(`\nWhat the audit log says of the endpoint ${endpoint}:`);
  for (const { at, actor, action } of items) console.log(`  ${at}  ${actor}  ${action}`);
}

function curlLine({ endpoint, expected }: Example): string {
  const [path, body] = expected.rows
    ? [`/api/v1/endpoints/${endpoint}/predictions`, { rows: expected.rows.slice(0, 1) }]
    : [`/v2/models/${endpoint}/infer`, expected.request];
  return `  curl -X POST -H "Authorization: Bearer $SKIFF_TOKEN" -H 'content-type: application/json' \\
    "$SKIFF_URL${path}" \\
    -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`;
}

function cardLine({ model, version }: FirstDay): string {
  return `  curl -H "Authorization: Bearer $SKIFF_TOKEN" -o card.html \\
    "$SKIFF_URL/api/v1/models/${model}/versions/${version}/card?format=html"
`;
}

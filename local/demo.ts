import { type Api, call, request, upload } from './api-client.ts';
import {
  type Example,
  exampleNames,
  goldenSample,
  largestDifference,
  readExample,
} from './examples.ts';
import { interruptible } from './interrupt.ts';
import { ensureLocalAws, type LocalAws, runningLocalAws, stopLocalAws } from './local-aws.ts';
import { LocalProblem, main } from './problems.ts';
import { placeOf } from './settings.ts';
import { summary } from './summary.ts';

interface Line {
  readonly model: string;
  readonly version: number;
  readonly endpoint: string;
  readonly rows: number;
  readonly worst: number;
  readonly milliseconds: number;
}

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
  const lines: Line[] = [];
  for (const name of exampleNames()) lines.push(await firstDay(aws, readExample(name)));
  console.log(`\n${tableOf(lines)}`);
  await showHistory(aws, lines[0] as Line);
  console.log(summary(aws));
  console.log(
    `${curlLine(readExample(exampleNames()[0] as string))}\n\nIt goes on running; npm stop stops it.`,
  );
}

async function firstDay(api: Api, example: Example): Promise<Line> {
  const { model, endpoint, expected } = example;
  console.log(`\n${example.name}`);
  await step('register the model', async () => {
    const { status, body } = await request<{ detail?: string }>(api, 'POST', '/api/v1/models', {
      body: model,
    });
    if (status === 409) return 'it is there already';
    if (status >= 400) throw new Error(body.detail);
    return model.name;
  });
  const path = `/api/v1/models/${encodeURIComponent(model.name)}`;
  let version = 0;
  await step('upload the artifact and register a version', async () => {
    const uploadId = await upload(api, example.artifact);
    const made = await call<{ version: number; artifact: { changes: string[] } }>(
      api,
      'POST',
      `${path}/versions`,
      {
        body: {
          ...example.version,
          artifact: { uploadId },
          goldenSample: goldenSample(example),
        },
      },
    );
    version = made.version;
    return [`version ${version}`, ...made.artifact.changes].join('; ');
  });
  await step('call it the champion', async () => {
    await call(api, 'PUT', `${path}/aliases/champion`, { body: { version } });
    return `champion → ${version}`;
  });
  await step('deploy the champion', async () => {
    const body = { variants: [{ model: model.name, alias: 'champion' }] };
    const { revision } = await call<{ revision: number }>(
      api,
      'PUT',
      `/api/v1/endpoints/${endpoint}`,
      { body },
    );
    return `endpoint ${endpoint}, revision ${revision}`;
  });
  let line: Line | undefined;
  await step('predict, and compare with the training framework', async () => {
    const start = performance.now();
    const answer = await inferred(api, endpoint, version, expected.request);
    const milliseconds = performance.now() - start;
    const worst = largestDifference(answer.outputs, expected.outputs);
    if (worst > expected.tolerance)
      throw new Error(`differs by ${worst}, allowed are ${expected.tolerance}`);
    const rows = rowCount(expected.request);
    line = { model: model.name, version, endpoint, rows, worst, milliseconds };
    return `${rows} rows, largest difference ${worst.toExponential(1)}`;
  });
  if (expected.rows) {
    await step('predict a row by the names of its columns', async () => {
      const { predictions } = await call<{ predictions: Record<string, unknown>[] }>(
        api,
        'POST',
        `/api/v1/endpoints/${endpoint}/predictions`,
        { body: { rows: expected.rows?.slice(0, 1) } },
      );
      const { predictionId, ...prediction } = predictions[0] as Record<string, unknown>;
      return JSON.stringify(prediction);
    });
  }
  return line as Line;
}

interface Inferred {
  readonly model_version: string;
  readonly outputs: { name: string; data: unknown[] }[];
}

/** A warm function may serve the version before for some seconds: ask until the new one answers. */
async function inferred(
  api: Api,
  endpoint: string,
  version: number,
  body: unknown,
): Promise<Inferred> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await call<Inferred>(api, 'POST', `/v2/models/${endpoint}/infer`, { body });
    if (answer.model_version === String(version)) return answer;
    if (Date.now() > deadline) throw new Error(`version ${answer.model_version} still answers`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function rowCount(body: Record<string, unknown>): number {
  return (body.inputs as { shape: number[] }[])[0]?.shape[0] ?? 1;
}

async function step(title: string, run: () => Promise<string>): Promise<void> {
  process.stdout.write(`  ${title} … `);
  try {
    console.log(await run());
  } catch (error) {
    console.log('failed');
    throw new LocalProblem(`this step failed: ${title}: ${(error as Error).message}`);
  }
}

function tableOf(lines: readonly Line[]): string {
  const rows = [
    ['model', 'version', 'endpoint', 'rows', 'largest difference', 'ms'],
    ...lines.map((l) => [
      l.model,
      `${l.version}`,
      l.endpoint,
      `${l.rows}`,
      l.worst.toExponential(1),
      l.milliseconds.toFixed(0),
    ]),
  ];
  const widths = (rows[0] as string[]).map((_, i) =>
    Math.max(...rows.map((row) => (row[i] as string).length)),
  );
  return rows
    .map((row) => row.map((cell, i) => cell.padEnd(widths[i] as number)).join('  '))
    .join('\n');
}

async function showHistory(api: Api, line: Line): Promise<void> {
  const resource = encodeURIComponent(`endpoint/${line.endpoint}`);
  const { items } = await call<{ items: { at: string; actor: string; action: string }[] }>(
    api,
    'GET',
    `/api/v1/audit?resource=${resource}&limit=3`,
  );
  console.log(`\nWhat the audit log says of the endpoint ${line.endpoint}:`);
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

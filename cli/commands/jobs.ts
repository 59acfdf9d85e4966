import type { Answer, Client, Input } from '#client';
import { waitForJob } from '#client';
import { argument, commands, flag, limit, oneOf, readJson, string, take } from '../arguments.ts';
import { type Invocation, Problem, UsageError } from '../command.ts';
import { facts, figure, type Output, status, table, time } from '../output.ts';
import { jobProgress } from '../progress.ts';
import { parseReference } from '../variants.ts';

type NewJob = Input<'POST /api/v1/jobs'>['body'];
type Job = Answer<'GET /api/v1/jobs/{job}'>;
const OUTPUTS = ['jsonl', 'csv', 'parquet'] as const;

const wait = flag('follow it to its end; exit code 1 where it does not succeed', { short: 'w' });

export const jobs = commands([
  {
    name: 'jobs start',
    summary: 'Score files of the data bucket',
    arguments: ['<endpoint or model@version>', '<prefix>'],
    options: {
      output: string(`${OUTPUTS.join(', ')} (default: jsonl)`, '<format>'),
      key: string('column that names each row in the results', '<column>'),
      spec: string('JSON file with what else the API takes: docs/batch.md', '<file>'),
      wait,
    },
    details: 'The prefix lies below batch/ in the data bucket.',
    examples: [
      'skiff jobs start valuations batch/files/2026-11/ --key id --wait',
      'skiff jobs start house-prices@3 batch/files/2026-11/ --output parquet',
    ],
    async run(invocation) {
      const client = invocation.client();
      const { id } = await client.call('POST /api/v1/jobs', { body: await wanted(invocation) });
      await show(invocation, client, id);
    },
  },
  {
    name: 'jobs list',
    summary: 'Jobs, newest first',
    arguments: [],
    options: { limit },
    examples: ['skiff jobs list'],
    async run(invocation) {
      const { out } = invocation;
      const list = await take(invocation, invocation.client().pages('GET /api/v1/jobs'));
      out.result(list, () =>
        table(
          out,
          ['id', 'scored by', 'status', 'input', 'asked for', 'by'],
          list.map((j) => [
            j.id,
            scorer(j),
            status(out, j.status),
            j.input.prefix,
            time(j.createdAt),
            j.requestedBy,
          ]),
        ),
      );
    },
  },
  {
    name: 'jobs show',
    summary: 'How far a job is, what it cost, where its results are',
    arguments: ['<job>'],
    options: { wait },
    examples: ['skiff jobs show 01KB1ZK2V5X8A1D4G7J0M3Q6S9 --wait'],
    run: (invocation) => show(invocation, invocation.client(), argument(invocation, 0)),
  },
  {
    name: 'jobs cancel',
    summary: 'Stop a job; what is scored stays',
    arguments: ['<job>'],
    examples: ['skiff jobs cancel 01KB1ZK2V5X8A1D4G7J0M3Q6S9'],
    async run(invocation) {
      const job = argument(invocation, 0);
      const now = await invocation.client().call('DELETE /api/v1/jobs/{job}', { params: { job } });
      invocation.out.result(now, () => `${job} is ${now.status}`);
    },
  },
  {
    name: 'jobs resume',
    summary: 'Go on with a job that failed or was cancelled',
    arguments: ['<job>'],
    options: { wait },
    examples: ['skiff jobs resume 01KB1ZK2V5X8A1D4G7J0M3Q6S9 --wait'],
    async run(invocation) {
      const client = invocation.client();
      const job = argument(invocation, 0);
      await client.call('POST /api/v1/jobs/{job}/resume', { params: { job } });
      await show(invocation, client, job);
    },
  },
]);

async function wanted(invocation: Invocation): Promise<NewJob> {
  const [target, prefix] = [argument(invocation, 0), argument(invocation, 1)];
  const [output, key, spec] = [
    invocation.text('output'),
    invocation.text('key'),
    invocation.text('spec'),
  ];
  const given = spec ? await readJson<Partial<NewJob>>(spec) : {};
  return {
    ...given,
    ...targetOf(target),
    input: { ...given.input, prefix },
    ...(output && { output: oneOf(output, '--output', OUTPUTS) }),
    ...(key && { key }),
  };
}

function targetOf(text: string): Pick<NewJob, 'endpoint' | 'model' | 'version'> {
  if (!text.includes('@')) return { endpoint: text };
  const { model, version } = parseReference(text);
  if (version === undefined) throw new UsageError(`"${text}": jobs take model@version, no alias`);
  return { model, version };
}

const scorer = ({ endpoint, model, version }: Pick<Job, 'endpoint' | 'model' | 'version'>) =>
  endpoint ?? `${model}@${version}`;

/** Shows it as it is, or follows it first. */
async function show(invocation: Invocation, client: Client, job: string): Promise<void> {
  const { out, signal } = invocation;
  const isWatched = process.stderr.isTTY === true;
  const found = invocation.flag('wait')
    ? await waitForJob(client, job, { signal, onProgress: jobProgress(out, isWatched) })
    : await client.call('GET /api/v1/jobs/{job}', { params: { job } });
  out.result(found, () => text(out, found));
  if (invocation.flag('wait') && found.status !== 'succeeded') {
    throw new Problem(`the job is ${found.status}`);
  }
}

const text = (out: Output, { progress: p, ...j }: Job): string =>
  facts(out, [
    ['job', j.id],
    ['scored by', scorer(j)],
    ['status', status(out, j.status)],
    ['reason', j.reason],
    ['shards', `${p.shardsDone} of ${p.shards}`],
    ['rows', `${p.rows}: ${p.results} results, ${p.rejects} rejects`],
    ['speed', `${Math.round(p.rowsPerSecond)} rows a second`],
    ['cost', `$${figure(p.costUsd)}`],
    ['results', j.outputPrefix],
    ['asked for', `${time(j.createdAt)} by ${j.requestedBy}`],
  ]);

import { writeFile } from 'node:fs/promises';
import { waitForVerdict } from '#client';
import {
  argument,
  commands,
  flag,
  limit,
  oneOf,
  string,
  take,
  versionNumber,
} from '../arguments.ts';
import { type Invocation, Problem } from '../command.ts';
import { status, table, time } from '../output.ts';
import { verdictProgress } from '../progress.ts';
import { verdictText } from '../verdict.ts';

const VALIDATIONS = '/api/v1/models/{model}/versions/{version}/validations';
const FORMATS = [
  'markdown',
  'html',
  'json',
  'huggingface',
  'toolkit',
  'sagemaker',
  'cyclonedx',
] as const;

const ofVersion = (invocation: Invocation) => ({
  model: argument(invocation, 0),
  version: versionNumber(argument(invocation, 1)),
});

export const validations = commands([
  {
    name: 'validations list',
    summary: 'Examinations of a version, newest first',
    arguments: ['<model>', '<version>'],
    options: { limit },
    examples: ['skiff validations list biopsies 1'],
    async run(invocation) {
      const { out } = invocation;
      const params = ofVersion(invocation);
      const pages = invocation.client().pages(`GET ${VALIDATIONS}`, { params });
      const list = await take(invocation, pages);
      out.result(list, () =>
        table(
          out,
          ['id', 'status', 'policy', 'dataset', 'asked for', 'by'],
          list.map((v) => [
            v.id,
            status(out, v.status),
            v.policy.name,
            v.dataset?.name ?? '',
            time(v.createdAt),
            v.requestedBy,
          ]),
        ),
      );
    },
  },
  {
    name: 'validations show',
    summary: 'The verdict on a version, with what it rests on',
    arguments: ['<model>', '<version>'],
    options: { wait: flag('wait until it has ended', { short: 'w' }) },
    examples: ['skiff validations show biopsies 1'],
    async run(invocation) {
      const { out, signal } = invocation;
      const client = invocation.client();
      const params = ofVersion(invocation);
      const { items } = await client.call(`GET ${VALIDATIONS}`, { params, query: { limit: 1 } });
      const newest = items[0];
      if (!newest) throw new Problem('it has not been examined: skiff validations start');
      const verdict = invocation.flag('wait')
        ? await waitForVerdict(client, params, {
            signal,
            onProgress: verdictProgress(out, process.stderr.isTTY === true),
          })
        : await client.call(`GET ${VALIDATIONS}/{validation}`, {
            params: { ...params, validation: newest.id },
          });
      out.result(verdict, () => verdictText(out, verdict));
    },
  },
  {
    name: 'validations start',
    summary: 'Examine a version again and wait for the verdict',
    arguments: ['<model>', '<version>'],
    options: {
      dataset: string('validation dataset', '<dataset>'),
      policy: string("instead of the model's own", '<policy>'),
    },
    details: 'Exit code 1 where it is not approved.',
    examples: ['skiff validations start biopsies 1 --dataset biopsies-2026'],
    async run(invocation) {
      const { out, signal } = invocation;
      const client = invocation.client();
      const params = ofVersion(invocation);
      const [dataset, policy] = [invocation.text('dataset'), invocation.text('policy')];
      const body = { ...(dataset && { dataset: { name: dataset } }), ...(policy && { policy }) };
      await client.call(`POST ${VALIDATIONS}`, { params, body });
      const onProgress = verdictProgress(out, process.stderr.isTTY === true);
      const verdict = await waitForVerdict(client, params, { signal, onProgress });
      out.result(verdict, () => verdictText(out, verdict));
      if (verdict.status !== 'approved') throw new Problem(`it is ${verdict.status}`);
    },
  },
  {
    name: 'card',
    summary: 'The model card of a version',
    arguments: ['<model>', '<version>'],
    options: {
      format: string(`${FORMATS.join(', ')} (default: markdown)`, '<format>'),
      output: string('write it to a file', '<file>', { short: 'o' }),
    },
    examples: ['skiff card biopsies 1', 'skiff card biopsies 1 --format html --output card.html'],
    async run(invocation) {
      const { out } = invocation;
      const wanted = out.isJson ? 'json' : (invocation.text('format') ?? 'markdown');
      const format = oneOf(wanted, '--format', FORMATS);
      const key = 'GET /api/v1/models/{model}/versions/{version}/card';
      const params = ofVersion(invocation);
      const text = await invocation.client().text(key, { params, query: { format } });
      const file = invocation.text('output');
      if (file) {
        await writeFile(file, text);
        out.note(`written to ${file}`);
      } else if (out.isJson) out.result(JSON.parse(text), () => text);
      else out.result(undefined, () => text);
    },
  },
]);

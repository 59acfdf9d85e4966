import { basename } from 'node:path';
import { waitForDataset } from '#client';
import { argument, commands, limit, oneOf, string, take } from '../arguments.ts';
import { facts, figure, size, table, time } from '../output.ts';
import { send } from './versions.ts';

const ROLES = ['training', 'validation', 'reference', 'test'] as const;

export const datasets = commands([
  {
    name: 'datasets list',
    summary: 'Datasets by name, each in its newest version',
    arguments: [],
    options: { limit, role: string(ROLES.join(', '), '<role>') },
    examples: ['skiff datasets list --role validation'],
    async run(invocation) {
      const { out } = invocation;
      const role = invocation.text('role');
      const query = role ? { role: oneOf(role, '--role', ROLES) } : {};
      const pages = invocation.client().pages('GET /api/v1/datasets', { query });
      const list = await take(invocation, pages);
      out.result(list, () =>
        table(
          out,
          ['name', 'role', 'rows', 'columns', 'size', 'label', 'registered'],
          list.map((d) => [
            d.name,
            d.role,
            `${d.rows}`,
            `${d.columns.length}`,
            size(d.sizeBytes),
            d.label ?? '',
            time(d.createdAt),
          ]),
        ),
      );
    },
  },
  {
    name: 'datasets show',
    summary: 'The newest version of a dataset, and what its columns hold',
    arguments: ['<dataset>'],
    examples: ['skiff datasets show churn-2026'],
    async run(invocation) {
      const { out } = invocation;
      const client = invocation.client();
      const params = { dataset: argument(invocation, 0) };
      const d = await client.call('GET /api/v1/datasets/{dataset}', { params });
      const profile = await client.call(
        'GET /api/v1/datasets/{dataset}/versions/{digest}/profile',
        { params: { ...params, digest: d.digest } },
      );
      out.result({ ...d, profile }, () =>
        [
          facts(out, [
            ['name', d.name],
            ['role', d.role],
            ['rows', d.rows],
            ['label', d.label],
            ['digest', d.digest],
            ['description', d.description],
          ]),
          '',
          table(
            out,
            ['column', 'missing', 'distinct', 'mean', 'min', 'max', 'frequent'],
            profile.columns.map((c) => [
              c.name,
              `${c.missing}`,
              `${c.distinct}`,
              ...(c.kind === 'numeric'
                ? [figure(c.mean), figure(c.min), figure(c.max), '']
                : [
                    '',
                    '',
                    '',
                    c.frequent
                      .slice(0, 3)
                      .map(({ text }) => text)
                      .join(', '),
                  ]),
            ]),
          ),
        ].join('\n'),
      );
    },
  },
  {
    name: 'datasets register',
    summary: 'Upload a CSV, JSON Lines or Parquet file as a dataset',
    arguments: ['<dataset>', '<file>'],
    options: {
      role: string(`${ROLES.join(', ')} (default: validation)`, '<role>'),
      label: string('the column with the truth', '<column>'),
      protected: string(
        'column that fairness is judged by; may be given several times',
        '<column>',
        {
          multiple: true,
        },
      ),
      description: string('what it is', '<text>', { short: 'd' }),
    },
    examples: ['skiff datasets register churn-2026 churn.csv --label churned --protected sex'],
    async run(invocation) {
      const { out, signal } = invocation;
      const client = invocation.client();
      const [name, file] = [argument(invocation, 0), argument(invocation, 1)];
      const { uploadId } = await send(client, file, invocation);
      const label = invocation.text('label');
      out.progress(`reading ${basename(file)}`);
      const answer = await client.call('POST /api/v1/datasets', {
        body: {
          name,
          source: { uploadId },
          role: oneOf(invocation.text('role') ?? 'validation', '--role', ROLES),
          protected: [...invocation.texts('protected')],
          description: invocation.text('description') ?? '',
          ...(label && { label }),
        },
        signal,
      });
      if ('id' in answer) {
        const params = { dataset: name, registration: answer.id };
        const onProgress = () => out.progress(`profiling ${basename(file)}`);
        await waitForDataset(client, params, { signal, onProgress });
      }
      const d = await client.call('GET /api/v1/datasets/{dataset}', { params: { dataset: name } });
      out.result(d, () => `${d.name} is registered: ${d.rows} rows, ${d.columns.length} columns`);
    },
  },
]);

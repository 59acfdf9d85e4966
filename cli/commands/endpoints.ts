import type { Answer } from '#client';
import { argument, commands, limit, string, take, versionNumber } from '../arguments.ts';
import { UsageError } from '../command.ts';
import { facts, type Output, table, time } from '../output.ts';
import { parseVariants } from '../variants.ts';

type Endpoint = Answer<'GET /api/v1/endpoints/{endpoint}'>;

const ref = (v: Endpoint['shadows'][number]): string =>
  'model' in v && v.model ? `${v.model}@${v.version}` : v.name;
const served = ({ variants }: Endpoint): string =>
  variants
    .map((v) => (variants.length > 1 ? `${v.name}: ${ref(v)} ${v.weight} %` : ref(v)))
    .join(', ');

const revisionTable = (out: Output, list: readonly Endpoint[]): string =>
  table(
    out,
    ['revision', 'serves', 'since', 'by', 'reason'],
    list.map((e) => [
      `${e.revision}`,
      served(e),
      time(e.updatedAt),
      e.updatedBy,
      e.forced?.reason ?? e.reason ?? '',
    ]),
  );

export const endpoints = commands([
  {
    name: 'deploy',
    summary: 'Put versions behind an endpoint',
    arguments: ['<endpoint>', '<model@version>', '[more...]'],
    options: {
      description: string('what the endpoint is for (default: as it is)', '<text>', { short: 'd' }),
      force: string(
        'serve what was not approved, with a reason; needs the scope admin',
        '<reason>',
      ),
    },
    details:
      'A version is a number or an alias, which is resolved now and pinned. What else the endpoint has\n(shadows, stickiness, capture) stays as it is.',
    examples: [
      'skiff deploy tumours biopsies@champion',
      'skiff deploy tumours biopsies@champion=90 biopsies@4=10',
    ],
    async run(invocation) {
      const { out } = invocation;
      const client = invocation.client();
      const [endpoint, ...texts] = invocation.positionals as [string, ...string[]];
      const variants = parseVariants(texts);
      const params = { endpoint };
      const found = await client
        .call('GET /api/v1/endpoints/{endpoint}', { params })
        .catch((error: unknown) => {
          if ((error as { status?: number }).status === 404) return undefined;
          throw error;
        });
      const reason = invocation.text('force');
      const description = invocation.text('description') ?? found?.description;
      const made = await client.call('PUT /api/v1/endpoints/{endpoint}', {
        params,
        body: {
          ...(found && { stickyUnit: found.stickyUnit, capture: found.capture }),
          ...(found && { shadows: found.shadows.map(({ alias: _, ...shadow }) => shadow) }),
          ...(found && variants.length > 1 && { strategy: found.strategy }),
          variants,
          ...(description !== undefined && { description }),
          ...(reason !== undefined && { force: { reason } }),
        },
        ...(found && { ifMatch: found.revision }),
      });
      out.result(made, () => `${made.name} serves ${served(made)}: revision ${made.revision}`);
    },
  },
  {
    name: 'endpoints list',
    summary: 'Endpoints by name',
    arguments: [],
    options: { limit },
    examples: ['skiff endpoints list'],
    async run(invocation) {
      const { out } = invocation;
      const list = await take(invocation, invocation.client().pages('GET /api/v1/endpoints'));
      out.result(list, () =>
        list.length === 0
          ? 'nothing is served yet: skiff deploy <endpoint> <model>@<version>'
          : table(
              out,
              ['endpoint', 'serves', 'revision', 'changed', 'by'],
              list.map((e) => [e.name, served(e), `${e.revision}`, time(e.updatedAt), e.updatedBy]),
            ),
      );
    },
  },
  {
    name: 'endpoints show',
    summary: 'What an endpoint serves, how, and since when',
    arguments: ['<endpoint>'],
    options: { at: string('as it was then', '<time>') },
    examples: ['skiff endpoints show tumours --at 2026-11-24T09:00:00Z'],
    async run(invocation) {
      const { out } = invocation;
      const e = await invocation.client().call('GET /api/v1/endpoints/{endpoint}', {
        params: { endpoint: argument(invocation, 0) },
        query: { at: invocation.text('at') },
      });
      const { stickyUnit: unit } = e;
      out.result(e, () =>
        facts(out, [
          ['endpoint', e.name],
          ['description', e.description],
          ['serves', served(e)],
          ['shadows', e.shadows.map(ref).join(', ')],
          ['strategy', e.strategy.kind],
          ['sticks to', 'name' in unit ? `${unit.kind} ${unit.name}` : unit.kind],
          ['captures', e.capture.share > 0 ? `${e.capture.share * 100} %` : 'nothing'],
          ['forced', e.forced && `${e.forced.reason} (${e.forced.actor})`],
          ['revision', `${e.revision}, ${time(e.updatedAt)} by ${e.updatedBy}`],
        ]),
      );
    },
  },
  {
    name: 'endpoints history',
    summary: 'What an endpoint served over time, newest first',
    arguments: ['<endpoint>'],
    options: { limit },
    examples: ['skiff endpoints history tumours'],
    async run(invocation) {
      const params = { endpoint: argument(invocation, 0) };
      const pages = invocation
        .client()
        .pages('GET /api/v1/endpoints/{endpoint}/revisions', { params });
      const list = await take(invocation, pages);
      invocation.out.result(list, () => revisionTable(invocation.out, list));
    },
  },
  {
    name: 'endpoints delete',
    summary: 'Stop serving under a name; its history stays',
    arguments: ['<endpoint>'],
    examples: ['skiff endpoints delete tumours'],
    async run(invocation) {
      const endpoint = argument(invocation, 0);
      await invocation
        .client()
        .call('DELETE /api/v1/endpoints/{endpoint}', { params: { endpoint } });
      invocation.out.result({ deleted: endpoint }, () => `${endpoint} is deleted`);
    },
  },
  {
    name: 'rollback',
    summary: 'Restore what an endpoint served before',
    arguments: ['<endpoint>'],
    options: {
      to: string('revision to restore (default: the last healthy one)', '<revision>'),
      reason: string('why; it is on record', '<text>'),
    },
    examples: [
      'skiff rollback tumours',
      'skiff rollback tumours --to 3 --reason "errors since noon"',
    ],
    async run(invocation) {
      const [to, reason] = [invocation.text('to'), invocation.text('reason')];
      if (reason === '') throw new UsageError('--reason: say why, or leave it out');
      const made = await invocation.client().call('POST /api/v1/endpoints/{endpoint}/rollbacks', {
        params: { endpoint: argument(invocation, 0) },
        body: { ...(to && { revision: versionNumber(to) }), ...(reason && { reason }) },
      });
      invocation.out.result(
        made,
        () => `${made.name} serves ${served(made)} again: revision ${made.revision}`,
      );
    },
  },
]);

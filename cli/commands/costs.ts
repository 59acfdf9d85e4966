import type { Answer } from '#client';
import { argument, commands, number, oneOf, string } from '../arguments.ts';
import type { Invocation } from '../command.ts';
import { facts, figure, type Output, table, time } from '../output.ts';

type Cost =
  | Answer<'GET /api/v1/endpoints/{endpoint}/cost'>
  | Answer<'GET /api/v1/models/{model}/cost'>;
type Budget = Answer<'GET /api/v1/endpoints/{endpoint}/budget'>;
const BUDGET = '/api/v1/endpoints/{endpoint}/budget';
const PERIODS = ['day', 'month'] as const;

const span = {
  from: string('beginning (default: an hour before the end)', '<time>'),
  to: string('end, exclusive (default: now)', '<time>'),
};
const queryOf = (invocation: Invocation) => ({
  from: invocation.text('from'),
  to: invocation.text('to'),
});
const dollars = (value: number | null): string =>
  value === null ? '' : `$${value < 0.01 ? figure(value) : value.toFixed(2)}`;

export const costs = commands([
  {
    name: 'costs endpoint',
    summary: 'What an endpoint cost in a period, and per 1,000 predictions',
    arguments: ['<endpoint>'],
    options: span,
    examples: ['skiff costs endpoint tumours --from 2026-11-01T00:00:00Z'],
    async run(invocation) {
      const params = { endpoint: argument(invocation, 0) };
      const query = queryOf(invocation);
      const key = 'GET /api/v1/endpoints/{endpoint}/cost';
      const cost = await invocation.client().call(key, { params, query });
      invocation.out.result(cost, () => costText(invocation.out, cost));
    },
  },
  {
    name: 'costs model',
    summary: 'What the versions of a model cost in a period, wherever they serve',
    arguments: ['<model>'],
    options: span,
    examples: ['skiff costs model biopsies --from 2026-11-01T00:00:00Z'],
    async run(invocation) {
      const params = { model: argument(invocation, 0) };
      const query = queryOf(invocation);
      const key = 'GET /api/v1/models/{model}/cost';
      const cost = await invocation.client().call(key, { params, query });
      invocation.out.result(cost, () => costText(invocation.out, cost));
    },
  },
  {
    name: 'budgets set',
    summary: 'What an endpoint may cost before it rings',
    arguments: ['<endpoint>', '<dollars>'],
    options: { per: string(`${PERIODS.join(', ')} (default: month)`, '<period>') },
    examples: ['skiff budgets set tumours 20 --per month'],
    async run(invocation) {
      const params = { endpoint: argument(invocation, 0) };
      const period = oneOf(invocation.text('per') ?? 'month', '--per', PERIODS);
      const amount = number(argument(invocation, 1), '<dollars>');
      const budget = await invocation
        .client()
        .call(`PUT ${BUDGET}`, { params, body: { amount, period } });
      invocation.out.result(budget, () => budgetText(invocation.out, budget));
    },
  },
  {
    name: 'budgets show',
    summary: 'The budget of an endpoint, and what of it is spent',
    arguments: ['<endpoint>'],
    examples: ['skiff budgets show tumours'],
    async run(invocation) {
      const params = { endpoint: argument(invocation, 0) };
      const budget = await invocation.client().call(`GET ${BUDGET}`, { params });
      invocation.out.result(budget, () => budgetText(invocation.out, budget));
    },
  },
  {
    name: 'budgets remove',
    summary: 'Let an endpoint have no budget',
    arguments: ['<endpoint>'],
    examples: ['skiff budgets remove tumours'],
    async run(invocation) {
      const endpoint = argument(invocation, 0);
      await invocation.client().call(`DELETE ${BUDGET}`, { params: { endpoint } });
      invocation.out.result({ removed: endpoint }, () => `${endpoint} has no budget any more`);
    },
  },
]);

function costText(out: Output, cost: Cost): string {
  const parts = Object.entries(cost.serving) as [keyof Cost['serving'], number][];
  return [
    facts(out, [
      ['period', `${time(cost.from)} to ${time(cost.to)}`],
      ['total', dollars(cost.total)],
      ['predictions', cost.predictions],
      ['per 1,000', dollars(cost.per1000Predictions)],
    ]),
    table(
      out,
      ['part', 'serving', 'shadows'],
      parts.map(([name, value]) => [name, dollars(value), dollars(cost.shadows[name])]),
    ),
    table(
      out,
      ['endpoint', 'variant', 'version', 'predictions', 'total'],
      cost.versions.map((v) => [
        v.endpoint,
        v.shadow ? `${v.variant} (shadow)` : v.variant,
        `${v.model}@${v.version}`,
        `${v.predictions}`,
        dollars(v.total),
      ]),
    ),
  ].join('\n\n');
}

const budgetText = (out: Output, b: Budget): string =>
  facts(out, [
    ['budget', `${dollars(b.amount)} a ${b.period}`],
    ['spent', b.spent === null ? 'not looked at yet' : dollars(b.spent)],
    ['looked at', b.checkedAt && time(b.checkedAt)],
    ['exceeded', b.exceeded ?? undefined],
    ['set', `${time(b.updatedAt)} by ${b.updatedBy}`],
  ]);

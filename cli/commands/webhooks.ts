import type { Answer, Input } from '#client';
import { argument, commands, limit, string, take } from '../arguments.ts';
import { facts, type Output, status, table, time } from '../output.ts';

const WEBHOOKS = '/api/v1/webhooks';
const ONE = `${WEBHOOKS}/{webhook}` as const;
const DELIVERIES = `${ONE}/deliveries` as const;
type NewWebhook = Input<`POST ${typeof WEBHOOKS}`>['body'];
type Webhook = Answer<`GET ${typeof ONE}`>;
type Delivery = Answer<`POST ${typeof DELIVERIES}`>;

const ID = '01KB1ZH4M2V7C9B1N3X5Z8A0S6';

export const webhooks = commands([
  {
    name: 'webhooks create',
    summary: 'Have events sent to a URL, signed; the secret is shown this once',
    arguments: ['<url>'],
    options: {
      on: string('what it hears of; may be given several times', '<event>', { multiple: true }),
      endpoint: string('only events of this endpoint', '<endpoint>'),
      model: string('only events of this model', '<model>'),
      description: string('what it is for', '<text>'),
    },
    details: 'Events are those on the bus: events/catalogue.ts.',
    examples: [
      'skiff webhooks create https://retraining.example/skiff --on DriftDetected --endpoint wages',
    ],
    async run(invocation) {
      const { out } = invocation;
      const text = (name: string) => {
        const value = invocation.text(name);
        return value === undefined ? {} : { [name]: value };
      };
      const made = await invocation.client().call(`POST ${WEBHOOKS}`, {
        body: {
          url: argument(invocation, 0),
          // The API says which events there are.
          events: invocation.texts('on') as NewWebhook['events'],
          ...{ ...text('endpoint'), ...text('model'), ...text('description') },
        },
      });
      out.result(made, () => facts(out, [...about(made), ['secret', made.secret]]));
      if (!out.isJson) out.note('the secret is shown this once');
    },
  },
  {
    name: 'webhooks list',
    summary: 'Webhooks, newest first',
    arguments: [],
    options: { limit },
    examples: ['skiff webhooks list'],
    async run(invocation) {
      const { out } = invocation;
      const list = await take(invocation, invocation.client().pages(`GET ${WEBHOOKS}`));
      out.result(list, () =>
        table(
          out,
          ['id', 'url', 'events', 'of', 'created'],
          list.map((w) => [w.id, w.url, heard(w), of(w), time(w.createdAt)]),
        ),
      );
    },
  },
  {
    name: 'webhooks show',
    summary: 'Where to a webhook leads, and of what it hears',
    arguments: ['<id>'],
    examples: [`skiff webhooks show ${ID}`],
    async run(invocation) {
      const params = { webhook: argument(invocation, 0) };
      const found = await invocation.client().call(`GET ${ONE}`, { params });
      invocation.out.result(found, () => facts(invocation.out, about(found)));
    },
  },
  {
    name: 'webhooks delete',
    summary: 'Send it nothing any more, not even what is under way',
    arguments: ['<id>'],
    examples: [`skiff webhooks delete ${ID}`],
    async run(invocation) {
      const webhook = argument(invocation, 0);
      await invocation.client().call(`DELETE ${ONE}`, { params: { webhook } });
      invocation.out.result({ deleted: webhook }, () => `${webhook} is deleted`);
    },
  },
  {
    name: 'webhooks ping',
    summary: 'Send it a Ping, as events are sent',
    arguments: ['<id>'],
    examples: [`skiff webhooks ping ${ID}`],
    async run(invocation) {
      const params = { webhook: argument(invocation, 0) };
      const sent = await invocation.client().call(`POST ${DELIVERIES}`, { params });
      invocation.out.result(sent, () => rows(invocation.out, [sent]));
    },
  },
  {
    name: 'webhooks deliveries',
    summary: 'What it was sent in the last thirty days, and what came of it',
    arguments: ['<id>'],
    options: { limit },
    examples: [`skiff webhooks deliveries ${ID}`],
    async run(invocation) {
      const params = { webhook: argument(invocation, 0) };
      const pages = invocation.client().pages(`GET ${DELIVERIES}`, { params });
      const list = await take(invocation, pages);
      invocation.out.result(list, () => rows(invocation.out, list));
    },
  },
  {
    name: 'webhooks redeliver',
    summary: 'Send the same once more',
    arguments: ['<id>', '<delivery>'],
    examples: [`skiff webhooks redeliver ${ID} 01KB1ZJ8Q0R3T5Y7V9E1W2P4K6`],
    async run(invocation) {
      const params = { webhook: argument(invocation, 0), delivery: argument(invocation, 1) };
      const path = `POST ${DELIVERIES}/{delivery}/attempts` as const;
      const sent = await invocation.client().call(path, { params });
      invocation.out.result(sent, () => rows(invocation.out, [sent]));
    },
  },
]);

const of = ({ endpoint, model, mlflow }: Webhook): string =>
  endpoint ?? model ?? (mlflow ? `MLflow: ${mlflow.name}` : '');

const heard = ({ events, mlflow }: Webhook): string =>
  mlflow
    ? mlflow.events.map(({ entity, action }) => `${entity} ${action}`.toLowerCase()).join(', ')
    : events.join(', ');

const about = (webhook: Webhook) =>
  [
    ['id', webhook.id],
    ['url', webhook.url],
    ['events', heard(webhook)],
    ['of', of(webhook)],
    ['for', webhook.description],
    ['created', `${time(webhook.createdAt)} by ${webhook.createdBy}`],
  ] as const;

const rows = (out: Output, list: readonly Delivery[]): string =>
  table(
    out,
    ['delivery', 'event', 'status', 'attempts', 'answer', 'last attempt'],
    list.map((d) => [
      ...[d.id, d.event, status(out, d.status), `${d.attempts}`],
      ...[`${d.error ?? d.answer ?? ''}`, d.lastAttemptAt ? time(d.lastAttemptAt) : ''],
    ]),
  );

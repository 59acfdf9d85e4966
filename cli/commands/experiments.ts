import type { Answer, Client, Input } from '#client';
import {
  argument,
  commands,
  limit,
  number,
  oneOf,
  optionalNumber,
  readJson,
  string,
  take,
} from '../arguments.ts';
import { type Invocation, Problem, UsageError } from '../command.ts';
import { facts, figure, type Output, status, table, time } from '../output.ts';

const EXPERIMENTS = '/api/v1/endpoints/{endpoint}/experiments';
type NewExperiment = Input<`POST ${typeof EXPERIMENTS}`>['body'];
type Experiment = Answer<`GET ${typeof EXPERIMENTS}/{experiment}`>;
const METRICS = ['conversion', 'value-mean', 'label-match'] as const;

const which = string('id (default: the newest one)', '<id>');

export const experiments = commands([
  {
    name: 'experiments start',
    summary: 'Compare variants of an endpoint by feedback, with a verdict',
    arguments: ['<endpoint>', '<name>'],
    options: {
      control: string('variant to compare with', '<variant>'),
      treatment: string('variant to compare; may be given several times', '<variant>', {
        multiple: true,
      }),
      metric: string(METRICS.join(', '), '<metric>'),
      effect: string('smallest difference worth finding', '<number>'),
      baseline: string('rate of the control (default: one half)', '<rate>'),
      'standard-deviation': string('of values, for value-mean', '<number>'),
      spec: string('JSON file with what else the API takes, such as guardrails', '<file>'),
    },
    details: 'The answer says how many outcomes each variant needs.',
    examples: [
      'skiff experiments start wages "is the new one worth it" --control current --treatment new \\\n    --metric label-match --baseline 0.85 --effect 0.02',
    ],
    async run(invocation) {
      const { out } = invocation;
      const made = await invocation.client().call(`POST ${EXPERIMENTS}`, {
        params: { endpoint: argument(invocation, 0) },
        body: await wanted(invocation),
      });
      out.result(made, () => text(out, made));
    },
  },
  {
    name: 'experiments list',
    summary: 'Experiments of an endpoint, newest first',
    arguments: ['<endpoint>'],
    options: { limit },
    examples: ['skiff experiments list wages'],
    async run(invocation) {
      const { out } = invocation;
      const params = { endpoint: argument(invocation, 0) };
      const pages = invocation.client().pages(`GET ${EXPERIMENTS}`, { params });
      const list = await take(invocation, pages);
      out.result(list, () =>
        table(
          out,
          ['id', 'name', 'status', 'verdict', 'started', 'by'],
          list.map((e) => [
            e.id,
            e.spec.name,
            status(out, e.status),
            e.verdict?.code ?? '',
            time(e.startedAt),
            e.startedBy,
          ]),
        ),
      );
    },
  },
  {
    name: 'experiments show',
    summary: 'How an experiment stands: estimates, intervals, the verdict',
    arguments: ['<endpoint>'],
    options: { experiment: which },
    examples: ['skiff experiments show wages'],
    async run(invocation) {
      const { out } = invocation;
      const client = invocation.client();
      const params = await find(invocation, client);
      // Read by its id, because only that evaluates it.
      const found = await client.call(`GET ${EXPERIMENTS}/{experiment}`, { params });
      out.result(found, () => text(out, found));
    },
  },
  {
    name: 'experiments stop',
    summary: 'End an experiment, and perhaps give a variant all of the traffic',
    arguments: ['<endpoint>'],
    options: {
      experiment: which,
      reason: string('why; it is on record', '<text>'),
      promote: string('variant that gets all of the traffic', '<variant>'),
    },
    examples: ['skiff experiments stop wages --reason "it won" --promote new'],
    async run(invocation) {
      const { out } = invocation;
      const [reason, promote] = [invocation.text('reason'), invocation.text('promote')];
      if (!reason) throw new UsageError('--reason is missing: see skiff experiments stop --help');
      const client = invocation.client();
      const params = await find(invocation, client);
      const ended = await client.call(`POST ${EXPERIMENTS}/{experiment}/stop`, {
        params,
        body: { reason, ...(promote && { promote }) },
      });
      out.result(ended, () => text(out, ended));
    },
  },
]);

async function wanted(invocation: Invocation): Promise<NewExperiment> {
  const spec = invocation.text('spec');
  const given = spec ? await readJson<Partial<NewExperiment>>(spec) : {};
  const [metric, effect] = [invocation.text('metric'), invocation.text('effect')];
  const [control, treatments] = [invocation.text('control'), invocation.texts('treatment')];
  const baseline = optionalNumber(invocation, 'baseline');
  const standardDeviation = optionalNumber(invocation, 'standard-deviation');
  // What neither the options nor the file say is the API's to ask for.
  return {
    ...given,
    name: argument(invocation, 1),
    ...(control && { control }),
    ...(treatments.length > 0 && { treatments: [...treatments] }),
    ...(metric && { metric: { kind: oneOf(metric, '--metric', METRICS) } }),
    ...(effect && { minimumDetectableEffect: number(effect, '--effect') }),
    ...(baseline !== undefined && { baseline }),
    ...(standardDeviation !== undefined && { standardDeviation }),
  } as NewExperiment;
}

/** The one that `--experiment` names, or the newest. */
async function find(invocation: Invocation, client: Client) {
  const endpoint = argument(invocation, 0);
  const experiment = invocation.text('experiment');
  if (experiment) return { endpoint, experiment };
  const query = { limit: 1 };
  const { items } = await client.call(`GET ${EXPERIMENTS}`, { params: { endpoint }, query });
  if (items[0]) return { endpoint, experiment: items[0].id };
  throw new Problem(`"${endpoint}" has had no experiment: skiff experiments start`);
}

function text(out: Output, { id, spec, plan, state, verdict, ...e }: Experiment): string {
  const between = (interval: { lower: number | null; upper: number | null } | null | undefined) =>
    interval ? `${figure(interval.lower) || '−∞'} … ${figure(interval.upper) || '∞'}` : '';
  const head = facts(out, [
    ['experiment', `${id}: ${spec.name}`],
    ['status', status(out, e.status)],
    ['verdict', verdict?.code],
    ['in words', verdict?.words ?? state?.words],
    ['needs', `${plan.perArm} outcomes each, by ${time(e.endsBy)}`],
    ['progress', state && `${Math.floor(state.progress * 100)} %`],
    ['traffic', state?.sampleRatio.words],
  ]);
  if (!state) return head;
  const arms = state.arms.map((a) => [
    a.variant,
    `${a.model}@${a.version}`,
    `${a.requests}`,
    `${a.outcomes}`,
    figure(a.estimate),
    between(a.interval),
  ]);
  const differences = state.differences.map((d) => [
    `${d.variant} − ${spec.control}`,
    figure(d.difference),
    between(d.interval),
    figure(d.pValue),
  ]);
  return [
    head,
    table(out, ['variant', 'version', 'requests', 'outcomes', spec.metric.kind, 'interval'], arms),
    table(out, ['difference', '', 'interval', 'p'], differences),
  ].join('\n\n');
}

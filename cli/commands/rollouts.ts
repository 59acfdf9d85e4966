import type { Answer, Client, Input } from '#client';
import { waitForRollout } from '#client';
import {
  argument,
  commands,
  flag,
  limit,
  number,
  optionalNumber,
  readJson,
  string,
  take,
  versionNumber,
} from '../arguments.ts';
import { type Command, type Invocation, Problem, UsageError } from '../command.ts';
import { facts, figure, type Output, status, table, time } from '../output.ts';
import { rolloutProgress } from '../progress.ts';
import { parseReference } from '../variants.ts';

const ROLLOUTS = '/api/v1/endpoints/{endpoint}/rollouts';
type NewRollout = Input<`POST ${typeof ROLLOUTS}`>['body'];
type Strategy = NonNullable<NewRollout['strategy']>;
type Rollout = Answer<`GET ${typeof ROLLOUTS}/{rollout}`>;

const wait = flag('follow it to its end; exit code 1 where it is not promoted', { short: 'w' });
const which = string('id (default: the newest one)', '<id>');

export const rollouts: readonly Command[] = commands([
  {
    name: 'rollouts start',
    summary: 'Move traffic to a version gradually, watched',
    arguments: ['<endpoint>', '<model@version>'],
    options: {
      steps: string('canary: percents before all (default: 5,25,50)', '<p,…>'),
      linear: string('grows by so many percent each time instead', '<percent>'),
      'all-at-once': flag('all of the traffic in one step'),
      bake: string('how long a step lasts at least (default: 600)', '<seconds>'),
      criteria: string('JSON file: docs/rollouts.md', '<file>'),
      wait,
    },
    details: 'It goes back by itself where the new version is worse, and says why.',
    examples: [
      'skiff rollouts start tumours biopsies@4 --wait',
      'skiff rollouts start tumours biopsies@next --steps 1,10,50 --bake 3600',
    ],
    async run(invocation) {
      const client = invocation.client();
      const endpoint = argument(invocation, 0);
      const started = await client.call(`POST ${ROLLOUTS}`, {
        params: { endpoint },
        body: await wanted(invocation),
      });
      await end(invocation, client, started);
    },
  },
  {
    name: 'rollouts list',
    summary: 'Rollouts of an endpoint, newest first',
    arguments: ['<endpoint>'],
    options: { limit },
    examples: ['skiff rollouts list tumours'],
    async run(invocation) {
      const { out } = invocation;
      const params = { endpoint: argument(invocation, 0) };
      const list = await take(invocation, invocation.client().pages(`GET ${ROLLOUTS}`, { params }));
      out.result(list, () =>
        table(
          out,
          ['id', 'version', 'status', 'step', 'started', 'by', 'reason'],
          list.map((r) => [
            r.id,
            `${r.model}@${r.version}`,
            status(out, r.status),
            `${Math.max(r.step + 1, 0)} of ${r.steps.length}`,
            time(r.createdAt),
            r.requestedBy,
            r.reason ?? '',
          ]),
        ),
      );
    },
  },
  {
    name: 'rollouts show',
    summary: 'Where a rollout stands, how it is judged, what was decided and why',
    arguments: ['<endpoint>'],
    options: { rollout: which, wait },
    examples: ['skiff rollouts show tumours', 'skiff rollouts show tumours --wait'],
    async run(invocation) {
      const client = invocation.client();
      await end(invocation, client, await find(invocation, client));
    },
  },
  ...(['pause', 'resume', 'abort'] as const).map(
    (what): Command => ({
      name: `rollouts ${what}`,
      summary: {
        pause: 'Stop a rollout where it is, until it is resumed',
        resume: 'Go on with a rollout that is paused or held',
        abort: 'End a rollout and go back to what was served before',
      }[what],
      arguments: ['<endpoint>'],
      options: { rollout: which, reason: string('why; it is on record', '<text>') },
      examples: [`skiff rollouts ${what} tumours --reason "the release was announced late"`],
      async run(invocation) {
        const client = invocation.client();
        const { endpoint, id } = await find(invocation, client);
        const reason = invocation.text('reason');
        const key = `POST ${ROLLOUTS}/{rollout}/${what}` as const;
        const params = { endpoint, rollout: id };
        const now = await client.call(key, { params, body: { ...(reason && { reason }) } });
        invocation.out.result(now, () => text(invocation.out, now));
      },
    }),
  ),
]);

async function wanted(invocation: Invocation): Promise<NewRollout> {
  const { model, version, alias } = parseReference(argument(invocation, 1));
  const strategy = strategyOf(invocation);
  const bake = invocation.text('bake');
  const criteria = invocation.text('criteria');
  return {
    model,
    ...(version === undefined ? { alias } : { version }),
    ...(strategy && { strategy }),
    ...(bake !== undefined && { bakeSeconds: versionNumber(bake) }),
    ...(criteria && { criteria: await readJson<NonNullable<NewRollout['criteria']>>(criteria) }),
  };
}

function strategyOf(invocation: Invocation): Strategy | undefined {
  const steps = invocation.text('steps');
  const step = optionalNumber(invocation, 'linear');
  const all: Strategy[] = [
    ...(steps === undefined
      ? []
      : [{ kind: 'canary', steps: steps.split(',').map((s) => number(s, '--steps')) } as const]),
    ...(step === undefined ? [] : [{ kind: 'linear', step } as const]),
    ...(invocation.flag('all-at-once') ? [{ kind: 'all-at-once' } as const] : []),
  ];
  if (all.length > 1) throw new UsageError('give one of --steps, --linear and --all-at-once');
  return all[0];
}

/** The one that `--rollout` names, or the newest. */
async function find(invocation: Invocation, client: Client): Promise<Rollout> {
  const endpoint = argument(invocation, 0);
  const rollout = invocation.text('rollout');
  if (rollout) {
    return client.call(`GET ${ROLLOUTS}/{rollout}`, { params: { endpoint, rollout } });
  }
  const query = { limit: 1 };
  const { items } = await client.call(`GET ${ROLLOUTS}`, { params: { endpoint }, query });
  if (items[0]) return items[0];
  throw new Problem(`"${endpoint}" has had no rollout: skiff rollouts start`);
}

/** Shows it as it is, or follows it first. */
async function end(invocation: Invocation, client: Client, begun: Rollout): Promise<void> {
  const { out, signal } = invocation;
  if (!invocation.flag('wait')) return out.result(begun, () => text(out, begun));
  const rollout = await waitForRollout(
    client,
    { endpoint: begun.endpoint, rollout: begun.id },
    { signal, onProgress: rolloutProgress(out, process.stderr.isTTY === true) },
  );
  out.result(rollout, () => text(out, rollout));
  if (rollout.status !== 'promoted') throw new Problem(`the rollout is ${rollout.status}`);
}

function text(out: Output, r: Rollout): string {
  const head = facts(out, [
    ['rollout', r.id],
    ['status', status(out, r.status)],
    ['version', `${r.model}@${r.version} as ${r.variant}`],
    ['step', `${Math.max(r.step + 1, 0)} of ${r.steps.length} (${r.steps.join(', ')} %)`],
    ['requests', r.requests],
    ['reason', r.reason],
  ]);
  const judged = (r.findings ?? []).map((f) => [
    f.criterion,
    f.outcome,
    figure(f.old),
    figure(f.new),
    f.message,
  ]);
  const decided = r.decisions.map((d) => [time(d.at), d.what, `${d.weight} %`, d.reason]);
  return [
    head,
    ...(judged.length > 0 ? [table(out, ['criterion', '', 'old', 'new', ''], judged)] : []),
    ...(decided.length > 0 ? [table(out, ['time', 'decision', 'weight', 'reason'], decided)] : []),
  ].join('\n\n');
}

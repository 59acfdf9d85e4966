import type { Answer, Input } from '#client';
import { argument, commands, flag, readJson, string } from '../arguments.ts';
import { UsageError } from '../command.ts';
import { facts, type Output, time } from '../output.ts';

const GUARD = '/api/v1/endpoints/{endpoint}/guard';
type Guard = Answer<`GET ${typeof GUARD}`>;
type GuardSpec = Input<`PUT ${typeof GUARD}`>['body'];

export const guards = commands([
  {
    name: 'guards set',
    summary: 'Roll an endpoint back by itself when something happens to it later',
    arguments: ['<endpoint>'],
    options: {
      on: string(
        'DriftDetected, PerformanceDegraded, DataQualityViolated, BudgetExceeded',
        '<event>',
        {
          multiple: true,
        },
      ),
      off: flag('on nothing any more'),
      spec: string('JSON file with times and limits: docs/rollouts.md', '<file>'),
    },
    examples: [
      'skiff guards set tumours --on DriftDetected --on PerformanceDegraded',
      'skiff guards set tumours --off',
    ],
    async run(invocation) {
      const spec = invocation.text('spec');
      const given = spec ? await readJson<Partial<GuardSpec>>(spec) : {};
      const on = invocation.texts('on');
      if (on.length === 0 && !given.events && !invocation.flag('off')) {
        throw new UsageError('say on what: --on DriftDetected, or --off');
      }
      const guard = await invocation.client().call(`PUT ${GUARD}`, {
        params: { endpoint: argument(invocation, 0) },
        // The API says which events there are.
        body: { events: [], ...given, ...(on.length > 0 && { events: on as GuardSpec['events'] }) },
      });
      invocation.out.result(guard, () => text(invocation.out, guard));
    },
  },
  {
    name: 'guards show',
    summary: 'On what an endpoint rolls itself back, and when it did',
    arguments: ['<endpoint>'],
    examples: ['skiff guards show tumours'],
    async run(invocation) {
      const params = { endpoint: argument(invocation, 0) };
      const guard = await invocation.client().call(`GET ${GUARD}`, { params });
      invocation.out.result(guard, () => text(invocation.out, guard));
    },
  },
]);

const text = (out: Output, g: Guard): string =>
  facts(out, [
    ['endpoint', g.endpoint],
    ['rolls back on', g.events.join(', ') || 'nothing'],
    ['within', `${g.withinSeconds} s of a change`],
    ['cool-down', `${g.coolDownSeconds} s, ${g.maximum} in thirty days at most`],
    ...g.rollbacks.map((r) => [time(r.at), `${r.event}: ${r.reason}`] as const),
    ['set', `${time(g.updatedAt)} by ${g.updatedBy}`],
  ]);

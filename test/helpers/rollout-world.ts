import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { expect } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { catalogue, type EventName } from '../../events/catalogue.ts';
import { advance } from '../../functions/rollouts/advance.ts';
import { startRollout } from '../../functions/rollouts/rollouts.ts';
import { NewRollout } from '../../functions/rollouts/schema.ts';
import { type Disturbance, fakeTable, isCrash } from './fake-table.ts';
import { ENDPOINT, putServed, putTraffic, putVersion } from './served.ts';

const T0 = Date.parse('2026-11-25T10:00:00.000Z');
const LONG_AGO = new Date(T0 - 3_600_000).toISOString();
const MINUTE = 60_000;
/** Looks of one rollout, at most. */
export const ENOUGH = 40;

export const table = fakeTable();
let clock = T0;
let rings: () => boolean = () => false;
mockClient(CloudWatchClient)
  .on(DescribeAlarmsCommand)
  .callsFake(() => ({
    MetricAlarms: [{ AlarmName: 'bell', StateValue: rings() ? 'ALARM' : 'OK' }],
  }));
mockClient(SFNClient).on(StopExecutionCommand).resolves({});

export const served = () => table.items.get(`ENDPOINT#${ENDPOINT}\nCURRENT`) as any;
export const record = () =>
  [...table.items.values()].find(({ pk, sk }) => /^ROLLOUT/.test(pk) && /^RUN/.test(sk)) as any;

export interface Story {
  /** Of the rollout: its strategy. */
  readonly wanted: object;
  /** When its alarm rings. */
  readonly rings?: () => boolean;
  readonly prepare?: () => void;
}

/** A world where version 2 of the model is being rolled out to an endpoint that serves the first. */
export async function begin({ wanted, rings: bell = () => false, prepare }: Story): Promise<void> {
  table.items.clear();
  table.disturb();
  [clock, rings] = [T0, () => false];
  putServed(table, LONG_AGO);
  for (let revision = 1; revision < 6; revision++) {
    for (let minute = -5; minute < 12; minute++) {
      const at = T0 + minute * MINUTE;
      putTraffic(table, at, { variant: 'live', version: 1, revision });
      putTraffic(table, at, { variant: 'v2', version: 2, revision });
    }
  }
  const criteria = { alarms: ['bell'], minimumRequests: 20 };
  const body = NewRollout.parse({ model: 'm', version: 2, bakeSeconds: 30, criteria, ...wanted });
  await startRollout(ENDPOINT, body, { actor: 'ann' }, now());
  rings = bell;
  prepare?.();
}

export const now = () => new Date(clock);

export const setStatus = (version: number, status: string) =>
  putVersion(table, version, LONG_AGO, { status });

export const look = () => {
  const { id: rollout, generation } = record();
  return advance({ endpoint: ENDPOINT, rollout, generation, execution: 'x' }, now());
};

/** Looks as the workflow does: waits in between, and tries again what broke off. */
export async function drive(looks = ENOUGH, isThere = () => false): Promise<void> {
  for (let i = 0; i < looks; i++) {
    try {
      const { done, waitSeconds } = await look();
      if (done || isThere()) return;
      clock += Math.max(MINUTE, 1000 * waitSeconds);
    } catch (error) {
      if (!isCrash(error)) throw error;
    }
    checkServing();
  }
  if (looks === ENOUGH) throw new Error(`it did not end: ${JSON.stringify(record())}`);
}

/** Whatever has happened so far, there is something that answers all requests. */
function checkServing(): void {
  const { variants, serving, revision } = served();
  expect(variants.reduce((sum: number, { weight }: any) => sum + weight, 0)).toBe(100);
  const weights = (all: any[]) => all.map(({ name, weight }) => [name, weight]);
  expect(weights(serving.variants)).toEqual(weights(variants));
  const kept = table.items.get(`ENDPOINT#${ENDPOINT}\nREVISION#00000000${revision}`);
  expect(kept?.variants).toEqual(variants);
}

/** All that is left of a rollout, without ids, times and what depends on them. */
export function outcome() {
  const { id, status, step, reason, decisions, pending, endpointRevision } = record();
  const plain = (text?: string) => text?.replaceAll(id, 'ID').replace(/\d+ requests/, 'N requests');
  const audit = [...table.items.values()].filter(({ pk }) => pk === 'AUDIT');
  return {
    ...{ status, step, reason: plain(reason), pending },
    decisions: decisions.map((d: any) => [d.what, d.weight, plain(d.reason)]),
    audit: audit.map(entryOf).sort(),
    variants: served().variants.map((v: any) => [v.name, v.version, v.weight]),
    isLast: endpointRevision === served().revision,
    hasPlace: table.items.has(`ROLLOUT#${ENDPOINT}\nCURRENT`),
  };
}
export type Outcome = ReturnType<typeof outcome>;

/** Its event is as the catalogue says. */
function entryOf({ action, event, id, at, actor }: any): string {
  catalogue[event.name as EventName].parse({ ...event.detail, id, at, actor });
  return [action, event.name, event.detail.weight ?? event.detail.revision].join(' ');
}

/** A whole rollout, disturbed once. */
export async function tell(story: Story, disturbance?: Disturbance): Promise<Outcome> {
  await begin(story);
  table.disturb(disturbance);
  await drive();
  return outcome();
}

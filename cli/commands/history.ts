import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client, ItemOf } from '#client';
import { commands, limit, string, take, versionNumber } from '../arguments.ts';
import { type Invocation, Problem } from '../command.ts';
import { facts, type Output, status, table, time } from '../output.ts';

type Entry = ItemOf<'GET /api/v1/audit'>;
type Traffic = Answer<'GET /api/v1/endpoints/{endpoint}/traffic'>;

const filters = {
  resource: string('only of this, such as model/biopsies or endpoint/tumours', '<kind/name>'),
  actor: string('only what this one did', '<name>'),
};
const queryOf = (invocation: Invocation) => ({
  resource: invocation.text('resource'),
  actor: invocation.text('actor'),
});

export const history = commands([
  {
    name: 'audit',
    summary: 'Who did what to what, newest first',
    arguments: [],
    options: {
      limit,
      ...filters,
      action: string('only this, such as endpoint.update', '<action>'),
      from: string('not before', '<time>'),
    },
    examples: ['skiff audit --resource endpoint/tumours', 'skiff audit --actor alice --json'],
    async run(invocation) {
      const { out } = invocation;
      const query = {
        ...queryOf(invocation),
        action: invocation.text('action'),
        from: invocation.text('from'),
      };
      const list = await take(
        invocation,
        invocation.client().pages('GET /api/v1/audit', { query }),
      );
      out.result(list, () =>
        table(
          out,
          ['time', 'who', 'did', 'to'],
          list.map((e) => [time(e.at), e.actor, e.action, e.resource]),
        ),
      );
    },
  },
  {
    name: 'audit verify',
    summary: 'Prove that no entry of the audit log was altered or removed',
    arguments: [],
    options: {
      head: string('a link that you kept: its number and hash', '<sequence:hash>'),
    },
    details: 'Exit code 1 where something is wrong. Keep the head that it answers elsewhere.',
    examples: ['skiff audit verify', 'skiff audit verify --head "$(cat head.txt)"'],
    run: verify,
  },
  {
    name: 'tail',
    summary: 'Follow changes, and with --endpoint also its traffic, until Ctrl-C',
    arguments: [],
    options: {
      ...filters,
      endpoint: string('its changes and, minute by minute, its traffic', '<endpoint>'),
      every: string('seconds between looks (default: 2)', '<seconds>'),
    },
    details: 'Starts with the last changes. With --json, each line is one JSON object.',
    examples: ['skiff tail', 'skiff tail --endpoint tumours'],
    run: tail,
  },
]);

/** Goes on until the whole log has been looked at. */
async function verify(invocation: Invocation): Promise<void> {
  const { out, signal } = invocation;
  const client = invocation.client();
  const [sequence, hash] = invocation.text('head')?.split(':') ?? [];
  const kept = sequence ? { sequence: versionNumber(sequence), hash } : {};
  let checked = 0;
  let answer = await client.call('GET /api/v1/audit/verification', { query: kept, signal });
  while (answer.status === 'unfinished' && answer.nextCursor) {
    checked += answer.checked;
    out.progress(`${checked} links and entries looked at`);
    const query = { ...kept, cursor: answer.nextCursor };
    answer = await client.call('GET /api/v1/audit/verification', { query, signal });
  }
  const { broken, head, pending } = answer;
  const whole = { ...answer, checked: checked + answer.checked };
  out.result(whole, () =>
    facts(out, [
      ['status', status(out, answer.status)],
      ['checked', whole.checked],
      ['flaw', broken && `${broken.flaw}: ${broken.detail}`],
      ['head', `${head.sequence}:${head.hash}`],
      ['not chained yet', pending || undefined],
    ]),
  );
  if (answer.status !== 'intact') throw new Problem(`the audit log is ${answer.status}`);
}

async function tail(invocation: Invocation): Promise<void> {
  const { out, signal } = invocation;
  const client = invocation.client();
  const endpoint = invocation.text('endpoint');
  const every = versionNumber(invocation.text('every') ?? '2') * 1000;
  const filter = { ...queryOf(invocation), ...(endpoint && { resource: `endpoint/${endpoint}` }) };
  const changes = new Changes(client, filter);
  const traffic = endpoint ? new Minutes(client, endpoint) : undefined;
  for (;;) {
    for (const entry of await changes.next()) out.entry(entry, () => line(out, entry));
    for (const minute of (await traffic?.next()) ?? []) {
      out.entry(minute, () => trafficLine(out, minute));
    }
    await sleep(every, undefined, { signal });
  }
}

const line = (out: Output, { at, actor, action, resource }: Entry): string =>
  `${out.style('dim', time(at))}  ${actor}  ${out.style('cyan', action)}  ${resource}`;

/** What has been put on record since the last look; at first, the last few entries. */
class Changes {
  readonly #client: Client;
  readonly #filter: object;
  #newest: Entry | undefined;

  constructor(client: Client, filter: object) {
    this.#client = client;
    this.#filter = filter;
  }

  async next(): Promise<Entry[]> {
    const known = this.#newest;
    const query = { ...this.#filter, limit: known ? 100 : 10, ...(known && { from: known.at }) };
    const found: Entry[] = [];
    for await (const entry of this.#client.pages('GET /api/v1/audit', { query })) {
      if (entry.id === known?.id || (!known && found.length === 10)) break;
      found.push(entry);
    }
    this.#newest = found[0] ?? known;
    return found.reverse();
  }
}

interface Minute {
  readonly at: string;
  readonly endpoint: string;
  readonly variants: Traffic['variants'];
}

const MINUTE = 60_000;
/** Instances hand in their counts some time after the minute. */
const LATE = 2 * MINUTE;

/** The minutes of traffic that are complete since the last look. */
class Minutes {
  readonly #client: Client;
  readonly #endpoint: string;
  #from: number;

  constructor(client: Client, endpoint: string) {
    this.#client = client;
    this.#endpoint = endpoint;
    this.#from = startOfMinute(Date.now() - LATE - MINUTE);
  }

  async next(): Promise<Minute[]> {
    const to = startOfMinute(Date.now() - LATE);
    if (to <= this.#from) return [];
    const [from, until] = [this.#from, to].map((at) => new Date(at).toISOString());
    const { steps = [] } = await this.#client.call('GET /api/v1/endpoints/{endpoint}/traffic', {
      params: { endpoint: this.#endpoint },
      query: { from, to: until, step: 60 },
    });
    this.#from = to;
    return steps
      .filter(({ variants }) => variants.some(({ requests }) => requests > 0))
      .map((step) => ({ ...step, endpoint: this.#endpoint }));
  }
}

const startOfMinute = (at: number): number => Math.floor(at / MINUTE) * MINUTE;

function trafficLine(out: Output, { at, variants }: Minute): string {
  const told = variants.map((v) => {
    const failed = v.clientErrors + v.serverErrors;
    const errors = failed > 0 ? `, ${out.style('red', `${failed} failed`)}` : '';
    const slow = v.latency.p95 === null ? '' : `, p95 ${v.latency.p95.toFixed(1)} ms`;
    return `${v.variant} ${v.requests} requests${slow}${errors}`;
  });
  return `${out.style('dim', time(at))}  ${told.join('; ')}`;
}

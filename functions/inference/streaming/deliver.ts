import { inParallel } from '#shared/in-parallel.ts';
import type { SourceRecord } from '#shared/source-records.ts';
import { type Claim, type Claiming, claim, release, settle } from './claims.ts';
import type { Parcel } from './parcel.ts';
import { type Circumstances, sendAll } from './send.ts';
import type { Entry, Sink } from './sinks.ts';

export interface Delivery extends Circumstances {
  readonly claiming: Claiming;
  readonly results: Sink;
  readonly rejects: Sink;
  /** Of a prediction that was made and counts. */
  readonly made: (parcel: Parcel) => void;
}

export interface Delivered {
  /** Records that their source has to hand over again. */
  readonly failed: ReadonlySet<SourceRecord>;
  readonly sent: number;
  readonly rejected: number;
  readonly duplicates: number;
  /** When the first claim of somebody else ends, where one is in the way. */
  readonly heldUntil: number | undefined;
}

type Mine = Extract<Claim, { state: 'mine' }>;
interface Outgoing extends Entry {
  readonly parcel: Parcel;
  readonly claim: Mine;
}

const WRITES_AT_A_TIME = 32;
/** Before a table that does not answer is asked again. */
const RETRY_MS = 1_000;

/**
 * Brings parcels where they go: each is claimed, sent, and marked as sent. What cannot be sent is
 * given back, and with it what follows of the same key.
 */
export async function deliver(delivery: Delivery, parcels: readonly Parcel[]): Promise<Delivered> {
  const first = firstOfEach(parcels);
  const claims = await claimAll(delivery, first);
  const { ready, waiting } = inTurn(first, claims);
  const taken = await sendEach(delivery, ready);
  const back = [...ready, ...waiting].filter((one) => !taken.has(one));
  await writeMarks(delivery, [...taken], back);
  const held = first.filter((parcel) => claims.get(parcel)?.state === 'held');
  // With its twins: of two workers that both have both, each could leave it to the other.
  const failed = new Set([...held, ...back.map(({ parcel }) => parcel)].map(nameOf));
  return {
    failed: new Set(parcels.filter((one) => failed.has(nameOf(one))).map(({ record }) => record)),
    sent: [...taken].filter(isResult).length,
    rejected: [...taken].filter((one) => !isResult(one)).length,
    duplicates: parcels.length - first.length + count(claims, 'done'),
    heldUntil: earliest(claims),
  };
}

async function sendEach(delivery: Delivery, ready: readonly Outgoing[]): Promise<Set<Outgoing>> {
  const good = ready.filter(isResult);
  const bad = ready.filter((one) => !isResult(one));
  const sent = await sendAll(delivery.results, good, delivery);
  const aside = await sendAll(delivery.rejects, bad, delivery);
  return new Set([...sent, ...aside]);
}

async function writeMarks(
  { claiming, warn }: Delivery,
  taken: readonly Outgoing[],
  back: readonly Outgoing[],
): Promise<void> {
  await inParallel(WRITES_AT_A_TIME, taken, async ({ parcel }) => {
    // It is sent, whatever becomes of the mark: handing it over again would send it twice.
    await settle(claiming, parcel).catch((error) => warn('a mark could not be written', error));
  });
  await inParallel(WRITES_AT_A_TIME, back, async ({ parcel, claim: { answer } }) => {
    await release(claiming, parcel, answer).catch((error) => warn('a claim stays', error));
  });
}

const isResult = ({ parcel }: Outgoing): boolean => parcel.kind === 'RECORD';

const nameOf = ({ kind, id }: Parcel): string => `${kind} ${id}`;

/** What comes twice in one batch goes out once. */
function firstOfEach(parcels: readonly Parcel[]): Parcel[] {
  const seen = new Set<string>();
  return parcels.filter((parcel) => {
    const isFirst = !seen.has(nameOf(parcel));
    seen.add(nameOf(parcel));
    return isFirst;
  });
}

async function claimAll(
  { claiming, made, warn }: Delivery,
  parcels: readonly Parcel[],
): Promise<Map<Parcel, Claim>> {
  const claims = new Map<Parcel, Claim>();
  await inParallel(WRITES_AT_A_TIME, parcels, async (parcel) => {
    const found = await claim(claiming, parcel).catch((error: unknown): Claim => {
      warn('a record could not be claimed', error);
      return { state: 'held', until: claiming.now() + RETRY_MS };
    });
    claims.set(parcel, found);
    if (found.state === 'mine' && found.isNew) made(parcel);
  });
  return claims;
}

/** What may go now, and what has to wait for an earlier record of its key. */
function inTurn(parcels: readonly Parcel[], claims: ReadonlyMap<Parcel, Claim>) {
  const stuck = new Set<string>();
  const ready: Outgoing[] = [];
  const waiting: Outgoing[] = [];
  for (const parcel of parcels) {
    const found = claims.get(parcel) as Claim;
    const { key } = parcel.record;
    const hasTurn = key !== undefined && parcel.kind === 'RECORD';
    if (found.state === 'held' && hasTurn) stuck.add(key);
    if (found.state !== 'mine') continue;
    const outgoing = { id: parcel.id, key, body: found.answer, parcel, claim: found };
    if (hasTurn && stuck.has(key)) waiting.push(outgoing);
    else ready.push(outgoing);
  }
  return { ready, waiting };
}

const count = (claims: ReadonlyMap<Parcel, Claim>, state: Claim['state']): number =>
  [...claims.values()].filter((found) => found.state === state).length;

function earliest(claims: ReadonlyMap<Parcel, Claim>): number | undefined {
  const ends = [...claims.values()].flatMap((one) => (one.state === 'held' ? [one.until] : []));
  return ends.length === 0 ? undefined : Math.min(...ends);
}

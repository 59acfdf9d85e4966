import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SourceRecord } from '#shared/source-records.ts';
import type { Mark, MarkStore } from '../../../../functions/inference/streaming/claims.ts';
import { type Delivered, deliver } from '../../../../functions/inference/streaming/deliver.ts';
import type { Parcel } from '../../../../functions/inference/streaming/parcel.ts';
import type { Entry, Sink } from '../../../../functions/inference/streaming/sinks.ts';
import { random } from '../../../helpers/random.ts';
import { MemoryMarks } from '../../../helpers/stream-world.ts';

const LEASE = 1_000;

/** Chances, per call, of what may happen to a worker. */
interface Weather {
  /** It is killed before a call takes effect, or after. */
  readonly death: number;
  /** A call takes effect, and its answer is lost. */
  readonly lost: number;
  /** A call fails without an effect. */
  readonly refused: number;
  /** A sink takes a part of what it is given. */
  readonly partial: number;
}

/** Never resolves: what a killed process waits for. */
const never = <T>() => new Promise<T>(() => {});

/** One world in which workers come and go; its clock is moved by hand. */
class World {
  now = 0;
  readonly marks = new MemoryMarks();
  readonly results: Entry[] = [];
  readonly rejects: Entry[] = [];
  /** Records that a second copy may have been sent of, because nobody knew of the first. */
  doubts = 0;
  #next: () => number;
  #serial = 0;

  constructor(seed: number) {
    this.#next = random(seed);
  }

  chance(share: number): boolean {
    return this.#next() < share;
  }

  /** Delivers as one invocation does; undefined where it was killed. */
  run(parcels: readonly Parcel[], weather: Weather): Promise<Delivered | undefined> {
    const life = { dead: false, died: () => {} };
    const death = new Promise<undefined>((resolve) => {
      life.died = () => resolve(undefined);
    });
    const step = async <T>(effect: () => T | Promise<T>, isMark = false): Promise<T> => {
      await Promise.resolve();
      if (life.dead) return never();
      const kill = () => {
        life.dead = true;
        this.doubts++;
        life.died();
        return never<T>();
      };
      if (this.chance(weather.death)) return kill();
      if (this.chance(weather.refused)) {
        if (isMark) this.doubts++;
        throw new Error('refused');
      }
      const value = await effect();
      if (this.chance(weather.death)) return kill();
      if (!this.chance(weather.lost)) return value;
      this.doubts++;
      throw new Error('no answer');
    };
    const holder = `worker-${this.#serial++}`;
    const store: MarkStore = {
      read: (kind, id) => step(() => this.marks.read(kind, id)),
      replace: (kind, id, mark: Mark, seen) => step(() => this.marks.replace(kind, id, mark, seen)),
      write: (kind, id, mark) =>
        step(() => this.marks.write(kind, id, mark), mark.state === 'done'),
    };
    const sinkTo = (taken: Entry[], ordered: boolean): Sink => ({
      ordered,
      most: { entries: 4, bytes: 1e6 },
      put: (entries) =>
        step(() =>
          entries.map((entry) => {
            if (this.chance(weather.partial)) return false;
            taken.push(entry);
            return true;
          }),
        ),
    });
    const claiming = { store, holder, now: () => this.now, leaseMs: LEASE };
    const delivery = {
      ...{ claiming, made: () => {}, warn: () => {}, pause: async () => {} },
      results: sinkTo(this.results, true),
      rejects: sinkTo(this.rejects, false),
    };
    return Promise.race([deliver(delivery, parcels), death]);
  }
}

let version = 0;
/** Scored anew each time, as by a model that was replaced meanwhile: only the claim keeps it. */
const parcelOf = (record: SourceRecord): Parcel =>
  record.text === 'bad'
    ? { record, kind: 'REJECT', id: record.id, text: `${record.id} is bad` }
    : { record, kind: 'RECORD', id: record.text, text: `${record.text} by ${version++}` };

/** Ids are given by producers, who may send one twice. */
const arbitraryRecords = fc
  .array(fc.record({ id: fc.nat(14), bad: fc.boolean() }), { minLength: 1, maxLength: 24 })
  .map((all) =>
    all.map(({ id, bad }, i): SourceRecord => {
      const text = bad && id % 5 === 0 ? 'bad' : `r${id}`;
      return { id: `s${i}`, handle: String(i), key: `k${id % 3}`, text, at: 0 };
    }),
  );

const GOOD: Weather = { death: 0, lost: 0, refused: 0, partial: 0 };
const arbitraryWeather = fc.record({
  death: fc.constantFrom(0, 0.02, 0.1),
  lost: fc.constantFrom(0, 0.05),
  refused: fc.constantFrom(0, 0.1),
  partial: fc.constantFrom(0, 0.3),
});

/** As Lambda does with a shard: from the first failure on, all of it where the worker died. */
async function drain(
  world: World,
  records: readonly SourceRecord[],
  weather: Weather,
  size: number,
) {
  for (let at = 0, tries = 0; at < records.length; tries++) {
    const batch = records.slice(at, at + size);
    const done = await world.run(batch.map(parcelOf), tries < 40 ? weather : GOOD);
    world.now += done ? LEASE / 4 : LEASE / 2;
    const stuck = done ? batch.findIndex((record) => done.failed.has(record)) : 0;
    at += stuck < 0 ? batch.length : stuck;
  }
}

const firstOfEach = <T extends { readonly id: string }>(all: readonly T[]): T[] =>
  all.filter(({ id }, i) => all.findIndex((other) => other.id === id) === i);

function check(world: World, records: readonly SourceRecord[]): void {
  const good = records.filter(({ text }) => text !== 'bad');
  const bad = records.filter(({ text }) => text === 'bad');
  // Nothing is lost, and nothing made up.
  expect(new Set(world.results.map(({ id }) => id))).toEqual(new Set(good.map(({ text }) => text)));
  expect(new Set(world.rejects.map(({ id }) => id))).toEqual(new Set(bad.map(({ id }) => id)));
  // What comes twice is the same to the last byte, and comes only where a worker was in the dark.
  for (const sent of [world.results, world.rejects]) {
    const bodies = new Set(sent.map(({ id, body }) => `${id} ${body}`));
    expect(bodies.size).toBe(new Set(sent.map(({ id }) => id)).size);
    if (world.doubts === 0) expect(sent).toHaveLength(bodies.size);
  }
}

/** The first copies of each key, in the order in which the source first had them. */
function checkOrder(world: World, records: readonly SourceRecord[]): void {
  const keys = [...new Set(records.map(({ key }) => key as string))];
  const order = (of: readonly { id: string; key?: string | undefined }[], key: string) =>
    of.filter((one) => one.key === key).map(({ id }) => id);
  const good = records.filter(({ text }) => text !== 'bad');
  const wanted = firstOfEach(good.map(({ text, key }) => ({ id: text, key })));
  const seen = firstOfEach(world.results);
  for (const key of keys) expect(order(seen, key)).toEqual(order(wanted, key));
}

describe('a stream in any weather', () => {
  it('loses nothing, doubles nothing that it can know of, and keeps the order of keys', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryRecords,
        arbitraryWeather,
        fc.integer(),
        fc.integer({ min: 1, max: 8 }),
        async (records, weather, seed, size) => {
          const world = new World(seed);
          await drain(world, records, weather, size);
          check(world, records);
          checkOrder(world, records);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('does so with workers side by side on the same records, as queues hand them over', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryRecords,
        arbitraryWeather,
        fc.integer(),
        async (all, weather, seed) => {
          const world = new World(seed);
          let left = all;
          for (let round = 0; left.length > 0; round++) {
            const now = round < 40 ? weather : GOOD;
            const runs = await Promise.all(
              [left, [...left].reverse()].map((half) => world.run(half.map(parcelOf), now)),
            );
            world.now += LEASE * 1.5;
            left = left.filter((record) => runs.every((done) => !done || done.failed.has(record)));
          }
          check(world, all);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a worker that is killed', () => {
  const record: SourceRecord = { id: 's0', handle: '0', key: 'k', text: 'r0', at: 0 };

  it('between sending and marking leaves a second copy, the same to the last byte', async () => {
    const world = new World(1);
    const write = world.marks.write.bind(world.marks);
    const first = parcelOf(record);
    world.marks.write = (kind, id, mark) =>
      mark.state === 'done' ? never() : write(kind, id, mark);
    void world.run([first], GOOD);
    await new Promise((resolve) => setTimeout(resolve, 20));
    world.marks.write = write;
    const early = await world.run([parcelOf(record)], GOOD);
    expect([early?.failed.size, early?.heldUntil]).toEqual([1, LEASE]);
    world.now = LEASE;
    const late = await world.run([parcelOf(record)], GOOD);
    expect(late).toMatchObject({ sent: 1, duplicates: 0 });
    expect(world.results.map(({ body }) => body)).toEqual([first.text, first.text]);
    expect(await world.run([parcelOf(record)], GOOD)).toMatchObject({ sent: 0, duplicates: 1 });
  });
});

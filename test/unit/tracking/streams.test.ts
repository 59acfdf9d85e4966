import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codeOf, entryKey, type Index, whole } from '#core/tracking/plan.ts';
import { indexPartition, writeAll } from '../../../functions/tracking/store.ts';
import { type Entry, walk } from '../../../functions/tracking/streams.ts';
import { trackingTable } from '../../helpers/tracking-table.ts';

process.env.TABLE_NAME = 'table';
const index: Index = { kind: 'metric', key: 'loss' };
const entry = fc.record({
  experiment: fc.constantFrom('1', '2'),
  value: fc.constantFrom(0, 1, 2, 3),
  time: fc.integer({ min: 0, max: 3 }),
});

describe('a walk along an index', () => {
  it('goes by value in either direction and by time within, from wherever it stopped', async () => {
    const cases = fc.asyncProperty(
      fc.array(entry, { maxLength: 25 }),
      fc.boolean(),
      fc.integer({ min: 2, max: 6 }),
      async (wanted, ascending, page) => {
        trackingTable();
        const made = wanted.map((one, i) => ({ ...one, id: `r${String(i).padStart(2, '0')}` }));
        await writeAll(
          made.map(({ experiment, value, time, id }) => ({
            pk: indexPartition('default', experiment, 'RUN', index),
            sk: entryKey(codeOf('metric', value), time, id),
          })),
          [],
        );
        const expected = [...made].sort(
          (a, b) =>
            (ascending ? a.value - b.value : b.value - a.value) ||
            b.time - a.time ||
            (a.id < b.id ? -1 : 1),
        );
        const from = async (after?: Entry) => {
          const found: Entry[] = [];
          const stretch = { range: whole(index), ascending, after, page };
          for await (const one of walk('default', ['1', '2'], 'RUN', stretch)) found.push(one);
          return found;
        };
        const all = await from();
        expect(all.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
        for (const [i, one] of all.entries()) expect(await from(one)).toEqual(all.slice(i + 1));
      },
    );
    await fc.assert(cases, { numRuns: 100 });
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseFilter } from '#core/tracking/filter.ts';
import { columnOf, compareBy, matches } from '#core/tracking/match.ts';
import { parseOrder } from '#core/tracking/order.ts';
import { RUNS, subjectOf } from '../../../functions/tracking/dialects.ts';
import { createExperiment } from '../../../functions/tracking/experiments.ts';
import { logBatch } from '../../../functions/tracking/log.ts';
import type { Run } from '../../../functions/tracking/records.ts';
import { createRun, getRun, moveRun } from '../../../functions/tracking/runs.ts';
import { searchRuns } from '../../../functions/tracking/search.ts';
import { trackingTable } from '../../helpers/tracking-table.ts';

process.env.TABLE_NAME = 'table';
const SPACE = 'default';
const BY = { actor: 'a', requestId: 'r' };

const value = fc.constantFrom(0, -1.5, 2, 1e9, Number.NaN, Number.NEGATIVE_INFINITY);
const text = fc.constantFrom('a', 'ab', 'b', '', 'B', 'x'.repeat(300));
const wantedRun = fc.record({
  experiment: fc.constantFrom(0, 1),
  startTime: fc.constantFrom(1000, 2000, 3000),
  loss: fc.option(value, { nil: undefined }),
  kind: fc.option(text, { nil: undefined }),
  tag: fc.option(text, { nil: undefined }),
  deleted: fc.boolean(),
  /** What was logged before, and is no more. */
  earlier: fc.boolean(),
});
type WantedRun = typeof wantedRun extends fc.Arbitrary<infer T> ? T : never;

const condition = fc.oneof(
  fc
    .tuple(fc.constantFrom('=', '!=', '<', '<=', '>', '>='), fc.constantFrom(0, -1.5, 2, 7))
    .map(([comparator, number]) => `metrics.loss ${comparator} ${number}`),
  fc
    .tuple(
      fc.constantFrom('params.kind', 'tags.t'),
      fc.constantFrom('=', '!=', 'LIKE', 'ILIKE'),
      text,
    )
    .map(([name, comparator, quoted]) =>
      `${name} ${comparator} '${quoted}%'`.replace(/%'$/, comparator.endsWith('LIKE') ? "%'" : "'"),
    ),
  fc.constantFrom(
    'params.kind IS NULL',
    'tags.t IS NOT NULL',
    'start_time > 1000',
    'start_time <= 2000',
    "run_name LIKE 'r%'",
  ),
);
const column = fc
  .tuple(
    fc.constantFrom('metrics.loss', 'params.kind', 'tags.t', 'start_time', 'status'),
    fc.boolean(),
  )
  .map(([name, ascending]) => `${name} ${ascending ? 'ASC' : 'DESC'}`);
const search = fc.record({
  filter: fc.array(condition, { maxLength: 2 }).map((all) => all.join(' AND ')),
  orderBy: fc.array(column, { maxLength: 2 }),
  view: fc.constantFrom('ACTIVE_ONLY' as const, 'DELETED_ONLY' as const, 'ALL' as const),
  limit: fc.integer({ min: 1, max: 7 }),
});

async function make(wanted: readonly WantedRun[]) {
  const experiments = await Promise.all(
    ['one', 'two'].map((name) => createExperiment(SPACE, { name, tags: new Map() }, BY)),
  );
  const runs: Run[] = [];
  for (const [i, { loss, kind, tag, ...of }] of wanted.entries()) {
    const experimentId = experiments[of.experiment]?.id as string;
    const named = { userId: 'u', name: `r${i % 3}`, tags: new Map<string, string>() };
    const { info } = await createRun(SPACE, { ...named, experimentId, startTime: of.startTime });
    if (of.earlier && loss !== undefined)
      await log(info.id, { loss: 7, step: 0, tag: tag && 'old' });
    await log(info.id, { loss, step: 1, kind, tag });
    if (of.deleted) await moveRun(SPACE, info.id, 'deleted', BY);
    runs.push(await getRun(SPACE, info.id));
  }
  return { runs, experiments: experiments.map(({ id }) => id) };
}

const log = (
  id: string,
  {
    loss,
    step,
    kind,
    tag,
  }: { loss: number | undefined; step: number } & Partial<
    Record<'kind' | 'tag', string | undefined>
  >,
) =>
  logBatch(SPACE, id, {
    metrics: loss === undefined ? [] : [{ key: 'loss', value: loss, timestamp: 5, step }],
    params: kind === undefined ? [] : [{ key: 'kind', value: kind }],
    tags: tag === undefined ? [] : [{ key: 't', value: tag }],
  });

function expected(
  runs: readonly Run[],
  { filter, orderBy, view }: { filter: string; orderBy: string[]; view: string },
) {
  const clauses = parseFilter(filter, RUNS);
  const orderings = orderBy.map((one) => parseOrder(one, RUNS));
  return runs
    .filter(
      ({ info }) => view === 'ALL' || (view === 'ACTIVE_ONLY') === (info.lifecycle === 'active'),
    )
    .filter((run) => matches(clauses, subjectOf(run)))
    .sort((a, b) => {
      for (const one of orderings) {
        const order = compareBy(
          one.ascending,
          columnOf(one, subjectOf(a)),
          columnOf(one, subjectOf(b)),
        );
        if (order !== 0) return order;
      }
      return b.info.startTime - a.info.startTime || (a.info.id < b.info.id ? -1 : 1);
    })
    .map(({ info }) => info.id);
}

describe('a search of runs', () => {
  it('finds page by page what looking at every run finds, in its order', async () => {
    const cases = fc.asyncProperty(
      fc.array(wantedRun, { maxLength: 14 }),
      fc.array(search, { minLength: 1, maxLength: 6 }),
      async (wanted, searches) => {
        trackingTable();
        const { runs, experiments } = await make(wanted);
        for (const one of searches) {
          const found: string[] = [];
          let token: string | undefined;
          do {
            const page = await searchRuns(
              SPACE,
              { ...one, experiments, token },
              ({ info }) => info.id,
            );
            expect(page.texts.length).toBeLessThanOrEqual(one.limit);
            found.push(...page.texts);
            token = page.nextToken;
          } while (token);
          expect(found).toEqual(expected(runs, one));
        }
      },
    );
    await fc.assert(cases, { numRuns: 60 });
  });
});

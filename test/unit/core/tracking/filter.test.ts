import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseFilter } from '#core/tracking/filter.ts';
import { compareBy, isLike } from '#core/tracking/match.ts';
import { parseOrder } from '#core/tracking/order.ts';
import { RUNS } from '../../../../functions/tracking/dialects.ts';

const parse = (text: string) => parseFilter(text, RUNS);

describe('a filter', () => {
  it.each<[string, object[]]>([
    ['', []],
    ['metrics.loss<0.5', [{ entity: 'metric', key: 'loss', comparator: '<', value: 0.5 }]],
    [
      'metric.`val loss` >= -1e-3',
      [{ entity: 'metric', key: 'val loss', comparator: '>=', value: -0.001 }],
    ],
    [`params."a.b" = "x"`, [{ entity: 'param', key: 'a.b', comparator: '=', value: 'x' }]],
    [
      "tags.mlflow.user LIKE 'al%'",
      [{ entity: 'tag', key: 'mlflow.user', comparator: 'LIKE', value: 'al%' }],
    ],
    [
      "tag.a = 'it''s' and status != 'FAILED'",
      [
        { entity: 'tag', key: 'a', comparator: '=', value: "it's" },
        { entity: 'attribute', key: 'status', comparator: '!=', value: 'FAILED' },
      ],
    ],
    [
      "attributes.`Run name` ilike 'A%' AND created > 5",
      [
        { entity: 'attribute', key: 'run_name', comparator: 'ILIKE', value: 'A%' },
        { entity: 'attribute', key: 'start_time', comparator: '>', value: 5 },
      ],
    ],
    [
      "run_id NOT IN ('a', 'b')",
      [{ entity: 'attribute', key: 'run_id', comparator: 'NOT IN', value: ['a', 'b'] }],
    ],
    [
      'params.lr IS NOT NULL AND tags.a is null',
      [
        { entity: 'param', key: 'lr', comparator: 'IS NOT NULL' },
        { entity: 'tag', key: 'a', comparator: 'IS NULL' },
      ],
    ],
    [
      "datasets.digest IN ('x')",
      [{ entity: 'dataset', key: 'digest', comparator: 'IN', value: ['x'] }],
    ],
  ])('%s', (text, clauses) => {
    expect(parse(text)).toEqual(clauses);
  });

  it.each([
    ["metrics.a = 'x'", 'numeric value'],
    ['params.a = 1', 'quoted string'],
    ['params.a = b', 'quoted string'],
    ["params.a > 'x'", "comparator '>'"],
    ['metrics.a LIKE 1', "comparator 'LIKE'"],
    ["params.a IN ('x')", "comparator 'IN'"],
    ["a = 'x' OR status = 'y'", "attribute key 'a'"],
    ["status = 'x' OR status = 'y'", 'only AND'],
    ["nothing.a = 'x'", 'entity type'],
    ["datasets.a = 'x'", 'dataset key'],
    ['run_id IN ()', 'non-empty list'],
    ["run_id IN ('a' 'b')", 'expected , or )'],
    ["status = 'x' AND", 'a name is expected'],
    ["status 'x'", 'a comparator is expected'],
    ["status = 'x", 'Invalid clause'],
    ['metrics.a IS NULL', "comparator 'IS NULL'"],
    ['status = "x" ; DROP', 'Invalid clause'],
    ["__proto__ = 'x'", 'attribute key'],
    ["constructor.x = 'x'", 'entity type'],
  ])('is refused where it cannot be read: %s', (text, words) => {
    expect(() => parse(text)).toThrow(words);
  });

  it('holds any text as key and value', () => {
    const text = fc.string({ unit: 'grapheme' });
    const key = text.filter((t) => t !== '' && !t.includes('`'));
    fc.assert(
      fc.property(
        key,
        text,
        fc.constantFrom('=', '!=', 'LIKE', 'ILIKE'),
        (name, value, comparator) => {
          const written = `params.\`${name}\` ${comparator} '${value.replaceAll("'", "''")}'`;
          expect(parse(written)).toEqual([{ entity: 'param', key: name, comparator, value }]);
        },
      ),
    );
  });

  it('is read or refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          parse(text);
        } catch (error) {
          expect((error as Error).name).toBe('AppError');
        }
      }),
    );
  });
});

describe('an order', () => {
  it.each([
    ['metrics.loss', { entity: 'metric', key: 'loss', ascending: true }],
    ['params.`a b` DESC', { entity: 'param', key: 'a b', ascending: false }],
    ['start_time asc', { entity: 'attribute', key: 'start_time', ascending: true }],
  ])('%s', (text, ordering) => {
    expect(parseOrder(text, RUNS)).toEqual(ordering);
  });

  it.each(['', 'metrics.loss UPWARDS', 'metrics.loss ASC, params.a', 'none'])('not %s', (text) => {
    expect(() => parseOrder(text, RUNS)).toThrow();
  });

  it('has NaN after all numbers, and what is not there after that, in both directions', () => {
    const column = [undefined, 2, Number.NaN, Number.NEGATIVE_INFINITY, 1];
    const sorted = (ascending: boolean) => [...column].sort((a, b) => compareBy(ascending, a, b));
    // Array.prototype.sort itself puts undefined last.
    expect(sorted(true)).toEqual([Number.NEGATIVE_INFINITY, 1, 2, Number.NaN, undefined]);
    expect(sorted(false)).toEqual([2, 1, Number.NEGATIVE_INFINITY, Number.NaN, undefined]);
    expect(compareBy(false, undefined, Number.NaN)).toBeGreaterThan(0);
  });
});

describe('LIKE', () => {
  it('agrees with a regular expression', () => {
    const unit = fc.constantFrom('a', 'A', 'b', '%', '_', '.');
    fc.assert(
      fc.property(fc.string({ unit }), fc.string({ unit }), fc.boolean(), (text, pattern, fold) => {
        const escaped = pattern.replaceAll('.', '\\.').replaceAll('%', '.*').replaceAll('_', '.');
        const expected = new RegExp(`^${escaped}$`, fold ? 'is' : 's').test(text);
        expect(isLike(text, pattern, fold)).toBe(expected);
      }),
    );
  });

  it('is not kept busy by a pattern of many wildcards', () => {
    expect(isLike('a'.repeat(5000), '%a'.repeat(200).concat('b'), false)).toBe(false);
  });
});

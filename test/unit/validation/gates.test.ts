import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Figure } from '../../../core/figure.ts';
import { DEFAULT_POLICY } from '../../../functions/validation/default-policy.ts';
import { judge, type Measured } from '../../../functions/validation/gates.ts';
import { Gate, PolicySpec } from '../../../functions/validation/schema.ts';

const figure = (value: number | null, lower?: number, upper?: number): Figure => ({
  value,
  ...(lower !== undefined && upper !== undefined && { interval: { lower, upper, level: 0.95 } }),
});
const measured = (
  figures: Record<string, Figure>,
  more: { champion?: Record<string, Figure>; skipped?: Record<string, string> } = {},
): Measured => ({
  figures: new Map(Object.entries(figures)),
  champion: more.champion && new Map(Object.entries(more.champion)),
  skipped: new Map(Object.entries(more.skipped ?? {})),
});
const gate = (more: object): Gate =>
  Gate.parse({ metric: 'quality.accuracy', comparison: '>=', threshold: 0.9, ...more });
const one = (g: Gate, m: Measured, task = 'binary') => judge([g], m, task)[0];

describe('a gate with a threshold', () => {
  it.each([
    ['>=', 0.9, 'passed'],
    ['>', 0.9, 'failed'],
    ['<=', 0.9, 'passed'],
    ['<', 0.9, 'failed'],
    ['>=', 0.89, 'failed'],
    ['<', 0.89, 'passed'],
  ] as const)('%s 0.9 with %f: %s', (comparison, value, outcome) => {
    const result = one(gate({ comparison }), measured({ 'quality.accuracy': figure(value) }));
    expect(result).toMatchObject({ outcome, measured: value, blocks: outcome === 'failed' });
  });

  it.each([
    ['estimate', '>=', 'passed'],
    ['surely', '>=', 'failed'],
    ['possibly', '>=', 'passed'],
    ['surely', '<=', 'failed'],
    ['possibly', '<=', 'passed'],
  ] as const)(
    'that must hold %s (%s) looks at that end of the interval',
    (holds, comparison, outcome) => {
      const value = comparison === '>=' ? 0.91 : 0.89;
      const accuracy = figure(value, value - 0.03, value + 0.03);
      expect(
        one(gate({ holds, comparison }), measured({ 'quality.accuracy': accuracy })),
      ).toMatchObject({
        outcome,
        measured: value,
      });
    },
  );

  it.each([
    [{}, 'quality.accuracy is 0.8567 (95 % interval 0.83 to 0.88); required is at least 0.9'],
    [
      { holds: 'surely' },
      'quality.accuracy is 0.8567 (95 % interval 0.83 to 0.88); required is at least 0.9, even at the worse end of the interval',
    ],
    [
      { holds: 'possibly', comparison: '<' },
      'quality.accuracy is 0.8567 (95 % interval 0.83 to 0.88); required is less than 0.9, if only at the better end of the interval',
    ],
  ])('%j says in words what was measured and what is required', (more, message) => {
    const accuracy = figure(0.8567, 0.83, 0.88);
    expect(one(gate(more), measured({ 'quality.accuracy': accuracy }))?.message).toBe(message);
  });

  it('says yes or no where that is what a figure means', () => {
    const loaded = gate({ metric: 'artifact.loaded', threshold: 1 });
    const { message } = one(loaded, measured({ 'artifact.loaded': figure(0) })) ?? {};
    expect(message).toBe('artifact.loaded: no; required is yes');
  });

  it('that only warns blocks nothing', () => {
    const result = one(gate({ severity: 'warn' }), measured({ 'quality.accuracy': figure(0.1) }));
    expect(result).toMatchObject({ outcome: 'failed', blocks: false });
  });

  it('is left out for other tasks', () => {
    expect(judge([gate({ tasks: ['regression'] })], measured({}), 'binary')).toEqual([]);
  });
});

describe('a figure that was not measured', () => {
  const skipped = measured({}, { skipped: { quality: 'skipped: no validation dataset' } });
  it.each([
    ['block', true],
    ['warn', false],
    ['pass', false],
  ] as const)('%s: blocks is %s, and the reason is given', (whenMissing, blocks) => {
    const result = one(gate({ whenMissing }), skipped);
    expect(result).toMatchObject({ outcome: 'not measured', blocks, measured: null });
    expect(result?.message).toContain('skipped: no validation dataset');
  });

  it('is told from one that the data leave undefined', () => {
    const result = one(gate({}), measured({ 'quality.accuracy': figure(null) }));
    expect(result).toMatchObject({ outcome: 'not measured', blocks: true });
    expect(result?.message).toContain('the data leave it undefined');
  });
});

describe('a gate relative to the champion', () => {
  const relative = (more: object = {}) => {
    const { threshold: _, ...rest } = gate(more);
    return Gate.parse({ ...rest, notWorseThanChampionBy: 0.01 });
  };

  it('passes where there is no champion', () => {
    const result = one(relative(), measured({ 'quality.accuracy': figure(0.2) }));
    expect(result).toMatchObject({ outcome: 'passed', blocks: false, relativeTo: 'champion' });
    expect(result?.message).toBe('quality.accuracy: there is no champion to compare with');
  });

  it('says in words how far the two lie apart', () => {
    const paired = (value: number, lower: number, upper: number) =>
      measured(
        { 'quality.champion-difference-accuracy': figure(value, lower, upper) },
        { champion: {} },
      );
    expect(one(relative({ holds: 'possibly' }), paired(-0.07, -0.1, -0.04))?.message).toBe(
      "quality.accuracy is 0.07 less than the champion's (95 % interval 0.1 less to 0.04 less); allowed is at most 0.01 less, if only at the better end of the interval",
    );
    expect(one(relative({ comparison: '<' }), paired(0.02, -0.1, 0.1))?.message).toBe(
      "quality.accuracy is 0.02 more than the champion's (95 % interval 0.1 less to 0.1 more); allowed is less than 0.01 more",
    );
  });

  it('lets a difference of exactly so much pass, whatever its last digit', () => {
    const figures = { 'quality.accuracy': figure(0.9) };
    const m = measured(figures, { champion: { 'quality.accuracy': figure(0.91) } });
    expect(0.9 - 0.91).toBeLessThan(-0.01);
    expect(one(relative(), m)?.outcome).toBe('passed');
    expect(one(relative({ comparison: '>' }), m)?.outcome).toBe('failed');
  });

  it.each([
    ['estimate', 'failed'],
    ['surely', 'failed'],
    ['possibly', 'passed'],
  ] as const)('that must hold %s looks at the interval of the difference', (holds, outcome) => {
    const figures = { 'quality.champion-difference-accuracy': figure(-0.02, -0.05, 0.01) };
    expect(one(relative({ holds }), measured(figures, { champion: {} }))).toMatchObject({
      outcome,
      measured: -0.02,
      threshold: -0.01,
    });
  });

  it.each([
    [-0.005, 'passed'],
    [-0.02, 'failed'],
    [0.3, 'passed'],
  ] as const)('takes the difference on the same rows: %f %s', (difference, outcome) => {
    const figures = {
      'quality.accuracy': figure(0.9),
      'quality.champion-difference-accuracy': figure(difference),
    };
    expect(one(relative(), measured(figures, { champion: {} }))).toMatchObject({ outcome });
  });

  it('compares two validations where nothing was paired, in the direction of the gate', () => {
    const latency = relative({ metric: 'performance.load-ms', comparison: '<=' });
    const slower = measured(
      { 'performance.load-ms': figure(20) },
      { champion: { 'performance.load-ms': figure(10) } },
    );
    expect(one(latency, slower)).toMatchObject({ outcome: 'failed', measured: 10 });
  });

  it('needs a figure of the champion', () => {
    const alone = measured({ 'quality.accuracy': figure(0.9) }, { champion: {} });
    expect(one(relative(), alone)).toMatchObject({ outcome: 'not measured', blocks: true });
  });
});

describe('laws', () => {
  const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  it('surely implies the estimate, which implies possibly', () => {
    fc.assert(
      fc.property(
        number,
        number,
        number,
        fc.constantFrom('>=', '<=', '>', '<'),
        (a, b, c, comparison) => {
          const [lower, value, upper] = [a, b, c].sort((x, y) => x - y) as [number, number, number];
          const m = measured({ 'quality.accuracy': figure(value, lower, upper) });
          const passes = (holds: string) =>
            one(gate({ holds, comparison, threshold: 0 }), m)?.outcome === 'passed';
          expect(!passes('surely') || passes('estimate')).toBe(true);
          expect(!passes('estimate') || passes('possibly')).toBe(true);
        },
      ),
    );
  });
});

describe('the built-in policy', () => {
  it('fits its own schema', () => {
    expect(PolicySpec.parse(DEFAULT_POLICY)).toEqual(DEFAULT_POLICY);
  });

  it('approves nothing that the artifact check never saw', () => {
    const blocking = judge(DEFAULT_POLICY.gates, measured({}), 'binary').filter((g) => g.blocks);
    expect(blocking.map((g) => g.metric)).toEqual(
      expect.arrayContaining(['artifact.critical-findings', 'artifact.loaded']),
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ColumnDrift, controlFalseDiscoveries } from '#core/drift/columns.ts';
import { compareSamples } from '#core/drift/compare.ts';
import { numericSample, sampleOf } from '#core/drift/sample.ts';
import { verdictOf } from '#core/drift/verdict.ts';
import { type AlarmPolicy, type AlarmState, CALM, stepAlarm } from '#core/monitoring/alarm.ts';
import { driftStrength, rankColumns } from '#core/monitoring/ranking.ts';
import { learnBand, learnDriftThreshold } from '#core/monitoring/thresholds.ts';
import { judgeWindow } from '#core/monitoring/window.ts';
import { Random } from '#core/random.ts';
import type { Column } from '#core/table/table.ts';
import { columnFrom } from '../../../helpers/tables.ts';

const HOUR = 3_600_000;
const policy: AlarmPolicy = { breaches: 2, windows: 3, coolDownMs: 5 * HOUR };

/** One letter per window: b breached, - not, ? too little data. */
function run(windows: string, rules = policy) {
  let state: AlarmState = CALM;
  return [...windows].map((letter, i) => {
    const breached = letter === '?' ? undefined : letter === 'b';
    const step = stepAlarm(state, { at: i * HOUR, breached }, rules);
    state = JSON.parse(JSON.stringify(step.state));
    return `${step.change}${step.announce ? '!' : ''}`;
  });
}

describe('an alarm', () => {
  it('is raised by 2 of 3 windows and cleared when fewer are left', () => {
    expect(run('b--b-bb--')).toEqual([
      'none',
      'none',
      'none',
      'none',
      'none',
      'raised!',
      'none',
      'none',
      'cleared',
    ]);
  });

  it('is not announced again within the cool-down, and is after it', () => {
    expect(run('bb--bb')).toEqual(['none', 'raised!', 'none', 'cleared', 'none', 'raised']);
    expect(run('bb----bb')).toEqual([
      'none',
      'raised!',
      'none',
      'cleared',
      'none',
      'none',
      'none',
      'raised!',
    ]);
  });

  it('passes over windows with too little data', () => {
    expect(run('b?b')).toEqual(['none', 'none', 'raised!']);
    expect(run('???')).toEqual(['none', 'none', 'none']);
  });

  it('hears of what is measured later than so many estimated windows', () => {
    const estimated = (at: number, breached = false) => ({ at, breached, estimated: true });
    const stateAfter = (...windows: { at: number; breached: boolean }[]) =>
      windows.reduce((state, window) => stepAlarm(state, window, policy).state, CALM);
    const foretold = [0, 1, 2, 3, 4, 5].map((at) => estimated(at));
    const late = stateAfter(...foretold, { at: 0, breached: true }, { at: 1, breached: true });
    expect(late.isRaised).toBe(true);
    expect(stateAfter(...foretold, { at: 0, breached: true }).isRaised).toBe(false);
    // Estimates ring of what nothing is measured of, and give way to it.
    const bad = stateAfter({ at: 0, breached: false }, estimated(1, true), estimated(2, true));
    expect(bad.isRaised).toBe(true);
    expect(stepAlarm(bad, { at: 2, breached: false }, policy).change).toBe('cleared');
  });

  it('is the same in whatever order windows come, and however often', () => {
    const judged = fc.record({ breached: fc.boolean(), estimated: fc.boolean() });
    fc.assert(
      fc.property(fc.array(judged, { minLength: 1, maxLength: 12 }), fc.nat(), (breaches, seed) => {
        const windows = breaches.map((one, at) => ({ at, ...one }));
        const random = new Random(seed);
        const run = (order: typeof windows) =>
          order.reduce((state, window) => stepAlarm(state, window, policy).state, CALM);
        const { isRaised, recent } = run(windows);
        const again = run([...random.shuffle([...windows]), ...random.shuffle([...windows])]);
        expect([again.isRaised, again.recent]).toEqual([isRaised, recent]);
      }),
    );
  });

  it('is judged anew where labels show what could not be told before', () => {
    const calm = { at: 1, breached: false };
    const before = [calm, { at: 2, breached: true }, { at: 3, breached: false }].reduce(
      (state, window) => stepAlarm(state, window, policy).state,
      CALM,
    );
    const late = stepAlarm(before, { at: 3, breached: true }, policy);
    expect(late).toMatchObject({ change: 'raised', announce: true });
    expect(stepAlarm(late.state, { at: 3, breached: true }, policy).announce).toBe(false);
    expect(stepAlarm(late.state, { at: 2, breached: false }, policy).change).toBe('cleared');
    expect(stepAlarm(late.state, { at: 0, breached: true }, policy).state).toEqual(late.state);
  });

  it('comes from one window where the policy says so', () => {
    expect(run('-b', { breaches: 1, windows: 1, coolDownMs: 0 })).toEqual(['none', 'raised!']);
  });
});

const distance = (name: string, score: number, threshold = 0.1): ColumnDrift => ({
  name,
  result: verdictOf('psi', { score }, threshold),
});
const test = (name: string, pValue: number): ColumnDrift => ({
  name,
  result: verdictOf('kolmogorov-smirnov', { score: 0.2, pValue }, 0.05),
});

describe('ranking', () => {
  it('weighs drift by importance', () => {
    const columns = [
      distance('a', 0.3),
      distance('b', 0.2),
      distance('c', 0.9),
      distance('d', 0.01),
    ];
    const importance = new Map([
      ['a', 0.1],
      ['b', 0.6],
      ['c', -0.2],
      ['d', 0.3],
    ]);
    const ranked = rankColumns(columns, importance);
    expect(ranked.map(({ name }) => name)).toEqual(['b', 'a', 'd', 'c']);
    expect(ranked[0]).toMatchObject({ importance: 0.6, strength: 2, weight: 1.2 });
    expect(rankColumns(columns).map(({ name }) => name)).toEqual(['c', 'a', 'b', 'd']);
  });

  it('puts distances and tests on one scale: 1 at the threshold', () => {
    expect(driftStrength(distance('a', 0.1).result)).toBe(1);
    expect(driftStrength(test('a', 0.05).result)).toBe(1);
    expect(driftStrength(test('a', 0.0025).result)).toBeCloseTo(2, 12);
    expect(driftStrength(test('a', 1).result)).toBeCloseTo(0, 12);
    expect(driftStrength(test('a', 0).result)).toBe(10);
    expect(driftStrength(distance('a', 1, 0).result)).toBe(10);
    expect(driftStrength({ ...test('a', 0.001).result, adjustedPValue: 0.05 })).toBe(1);
  });
});

describe('a window', () => {
  it('is not judged by too few rows', () => {
    expect(judgeWindow(99, [distance('a', 9)], { minRows: 100 })).toEqual({
      status: 'insufficient-data',
      rows: 99,
      needed: 100,
    });
  });

  it('has drifted where enough of its columns have, tests corrected for their number', () => {
    const columns = controlFalseDiscoveries([
      ...[test('a', 0.04), test('b', 0.5), distance('c', 0.4), test('d', 0.6)],
    ]);
    const verdict = judgeWindow(500, columns, { minRows: 100 });
    expect(verdict).toMatchObject({ status: 'stable', data: { driftedColumns: 1, share: 0.25 } });
    expect(judgeWindow(500, columns, { minRows: 100, driftedShare: 0.25 }).status).toBe('drifted');
  });
});

describe('thresholds learned from the reference', () => {
  it('are mean ± 3 deviations of its chunks, within what can be', () => {
    const band = learnBand([0.9, 0.92, 0.94], { lower: 0, upper: 0.95 })!;
    expect(band.lower).toBeCloseTo(0.86, 12);
    expect(band.upper).toBe(0.95);
    expect(learnBand([1, 2])).toBeUndefined();
  });

  it('are rarely exceeded without drift and are by a shift', () => {
    const random = new Random(12);
    const draw = (rows: number, shift = 0) =>
      Float64Array.from({ length: rows }, () => shift + random.normal());
    const column: Column = { name: 'x', kind: 'numeric', values: draw(4000) };
    const reference = sampleOf(column);
    for (const method of ['wasserstein', 'psi', 'jensen-shannon', 'energy-distance'] as const) {
      const threshold = learnDriftThreshold(column, 200, { random, method })!;
      const drifted = (shift: number) =>
        compareSamples(reference, numericSample(draw(200, shift)), { method, threshold })!.drifted;
      const alarms = Array.from({ length: 300 }, () => drifted(0)).filter(Boolean).length;
      // Three deviations of a skewed score.
      expect(alarms).toBeLessThanOrEqual(9);
      expect(Array.from({ length: 20 }, () => drifted(0.6)).filter(Boolean).length).toBeGreaterThan(
        17,
      );
    }
  });

  it('hold for texts, and need a reference of twice the window', () => {
    const random = new Random(1);
    const texts = columnFrom(
      't',
      Array.from({ length: 2000 }, () => 'abc'[random.integer(3)]!),
    );
    const threshold = learnDriftThreshold(texts, 300, { random, method: 'jensen-shannon' })!;
    expect(threshold).toBeGreaterThan(0.01);
    expect(threshold).toBeLessThan(0.12);
    expect(learnDriftThreshold(texts, 1001, { random })).toBeUndefined();
  });
});

import { describe, expect, it } from '@jest/globals';
import { ago, duration, figure, moment } from '../../../ui/lib/format.ts';
import { orderClause, quoteText } from '../../../ui/lib/quote.ts';

describe('how things are written', () => {
  it.each([
    [0.873456789, '0.873457'],
    [-0.5, '−0.5'],
    [0, '0'],
    [12_345, '12,345'],
    [1.5e12 + 0.5, '1.500e+12'],
    [0.00001234, '1.234e−5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '∞'],
    [Number.NEGATIVE_INFINITY, '−∞'],
  ])('the figure %p is %p', (value, text) => expect(figure(value)).toBe(text));

  it.each([
    [120.4, '120 ms'],
    [1500, '1.5 s'],
    [61_000, '1 min 1 s'],
    [3_600_000 * 3 + 60_000 * 12, '3 h 12 min'],
    [86_400_000 * 3 + 3_600_000, '3 d 1 h'],
  ])('%p ms are %p', (ms, text) => expect(duration(ms)).toBe(text));

  it('how long ago, in one unit', () => {
    const now = Date.UTC(2026, 0, 2);
    expect([59, 60, 7200, 86_400 * 9].map((s) => ago(now - s * 1000, now))).toEqual([
      ...['just now', '1 min ago', '2 h ago', '9 d ago'],
    ]);
  });

  it('a moment by the clock of who looks, and a dash where there is none', () => {
    expect(moment(new Date(2026, 0, 2, 3, 4).getTime())).toBe('2026-01-02 03:04');
    expect(moment('never')).toBe('–');
  });
});

describe('MLflow’s language', () => {
  it('has quotes within quotes', () => expect(quoteText("it's")).toBe("'it''s'"));

  it('has any name of a column', () => {
    expect(orderClause('metrics.val loss', true)).toBe('metrics.`val loss` DESC');
    expect(orderClause('params.a`b', false)).toBe('params."a`b" ASC');
    expect(orderClause('start_time', true)).toBe('start_time DESC');
  });
});

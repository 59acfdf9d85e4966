import { describe, expect, it } from '@jest/globals';
import { exposition, histogramSamples } from '#core/exposition.ts';

const gauge = (samples: { labels: Record<string, string>; value: number }[]) =>
  exposition([{ name: 'a_metric', type: 'gauge', help: 'a\\b\nc "d"', samples }]);

describe("Prometheus's text format", () => {
  it('says what a family is, then its series', () => {
    const text = gauge([
      { labels: {}, value: 1.5 },
      { labels: { endpoint: 'fraud', version: '3' }, value: 0 },
    ]);
    expect(text).toBe(
      '# HELP a_metric a\\\\b\\nc "d"\n# TYPE a_metric gauge\na_metric 1.5\na_metric{endpoint="fraud",version="3"} 0\n',
    );
  });

  it('escapes what would end a label', () => {
    expect(gauge([{ labels: { l: 'a"b\\c\nd' }, value: 1 }])).toContain('{l="a\\"b\\\\c\\nd"} 1');
  });

  it('has words for what is no number', () => {
    const text = gauge(
      [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) => ({
        labels: {},
        value,
      })),
    );
    expect(text.trim().split('\n').slice(2)).toEqual([
      'a_metric NaN',
      'a_metric +Inf',
      'a_metric -Inf',
    ]);
  });

  it('leaves out families without series', () => {
    expect(gauge([])).toBe('');
  });

  it('counts in buckets what is up to their bounds', () => {
    const samples = histogramSamples({ v: 'a' }, { bounds: [1, 2], counts: [3, 0, 4], sum: 9 });
    expect(samples).toEqual([
      { suffix: '_bucket', labels: { v: 'a', le: '1' }, value: 3 },
      { suffix: '_bucket', labels: { v: 'a', le: '2' }, value: 3 },
      { suffix: '_bucket', labels: { v: 'a', le: '+Inf' }, value: 7 },
      { suffix: '_sum', labels: { v: 'a' }, value: 9 },
      { suffix: '_count', labels: { v: 'a' }, value: 7 },
    ]);
  });
});

import { describe, expect, it } from '@jest/globals';
import type { Traffic, VariantTraffic } from '../../../ui/api/endpoint-types.ts';
import { figuresOf, parseMetrics } from '../../../ui/lib/prometheus.ts';
import { linesOf, spanOf } from '../../../ui/lib/traffic.ts';

const MINUTE = 60_000;
const NOON = Date.parse('2026-11-26T12:00:00.000Z');
const iso = (minutes: number) => new Date(NOON + minutes * MINUTE).toISOString();
const of = (variant: string, requests: number): VariantTraffic => ({
  ...{ variant, model: 'm', version: 1, requests, rows: requests, clientErrors: 0 },
  ...{ serverErrors: 0, latency: { count: requests, p50: 1, p95: 2, p99: 3 } },
});

describe('the span of traffic', () => {
  it('is whole steps, the one under way with them, however one looks within it', () => {
    const span = { from: iso(-59), to: iso(1), step: 60 };
    expect(spanOf('1h', NOON + 1)).toEqual(span);
    expect(spanOf('1h', NOON + MINUTE)).toEqual(span);
  });

  it.each(['1h', '6h', '1d', '7d', '30d'] as const)('has some sixty steps in %s', (name) => {
    const { from, to, step } = spanOf(name, NOON + 12_345);
    expect(Date.parse(to)).toBeGreaterThanOrEqual(NOON + 12_345);
    expect((Date.parse(to) - Date.parse(from)) / step / 1000).toBeGreaterThanOrEqual(48);
    expect((Date.parse(to) - Date.parse(from)) / step / 1000).toBeLessThanOrEqual(72);
    expect(step % 60).toBe(0);
  });
});

describe('the lines of traffic', () => {
  const traffic: Traffic = {
    ...{ from: iso(0), to: iso(4), missing: 0, variants: [] },
    steps: [
      { at: iso(1), variants: [of('a', 5)] },
      { at: iso(3), variants: [of('a', 2), of('b', 7)] },
    ],
  };

  it('have a point for each step, those without requests with them', () => {
    const lines = linesOf(traffic, 60, (one) => one?.requests ?? 0);
    expect(lines.map(({ name, y }) => [name, y])).toEqual([
      ['a (m 1)', [0, 5, 0, 2]],
      ['b (m 1)', [0, 0, 0, 7]],
    ]);
    expect(lines[0]?.x).toEqual([0, 1, 2, 3].map((minute) => NOON + minute * MINUTE));
  });

  it('have gaps where there is no figure', () => {
    const [line] = linesOf(traffic, 60, (one) => one?.latency.p95 ?? undefined);
    expect(line?.y).toEqual([undefined, 2, undefined, 2]);
  });
});

describe('the figures of endpoints', () => {
  it('are summed over variants, and of failures those of the server', () => {
    const text = [
      '# TYPE model_infer_request_success_total counter',
      'model_infer_request_success_total{endpoint="e",variant="a",version="1"} 5',
      'model_infer_request_success_total{endpoint="e",variant="b",version="2"} 7',
      'model_infer_request_failure_total{endpoint="e",variant="a",reason="client"} 2',
      'model_infer_request_failure_total{endpoint="e",variant="a",reason="server"} 3',
      'skiff_alarm_raised{endpoint="e",alarm="drift-share"} 1',
      'skiff_alarm_raised{endpoint="e",alarm="no-traffic"} 0',
      'skiff_endpoints 2',
    ].join('\n');
    expect(figuresOf(parseMetrics(text)).get('e')).toEqual({
      ...{ requests: 17, failures: 3, raised: ['drift-share'], watched: true },
    });
  });

  it('are read past quotes, backslashes and lines in labels', () => {
    expect(parseMetrics('x{a="say \\"hi\\"",b="c:\\\\d",e="1\\n2"} 3')).toEqual([
      { name: 'x', labels: { a: 'say "hi"', b: 'c:\\d', e: '1\n2' }, value: 3 },
    ]);
  });
});

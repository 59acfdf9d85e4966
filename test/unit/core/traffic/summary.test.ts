import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { QuantileSketch } from '#core/profile/quantile-sketch.ts';
import { mergeSummaries, type RequestFacts, TrafficTally } from '#core/traffic/summary.ts';

interface Seen extends RequestFacts {
  readonly label: string;
  readonly score: number;
}

const request = fc.record({
  status: fc.constantFrom(200, 200, 200, 400, 404, 500, 503),
  rows: fc.nat(20),
  latencyMs: fc.integer({ min: 0, max: 100_000 }).map((n) => n / 100),
  label: fc.constantFrom('a', 'b', 'c'),
  score: fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000),
});

function summaryOf(requests: readonly Seen[]) {
  const tally = new TrafficTally();
  for (const seen of requests) {
    tally.addRequest(seen);
    if (seen.status >= 400) continue;
    tally.outputs.addLabels('label', [seen.label]);
    tally.outputs.addScores('p', Float64Array.of(seen.score));
    tally.outputs.addValues('v', Float64Array.of(seen.score * 10));
  }
  return tally.toJSON();
}

describe('traffic summaries', () => {
  it('count requests, failures of either side, and the latency of what was answered', () => {
    const facts = { rows: 2, latencyMs: 1.2345678 };
    const tally = new TrafficTally();
    tally.addRequest({ ...facts, status: 200 });
    tally.addRequest({ ...facts, status: 400, latencyMs: 0.2 });
    tally.addRequest({ ...facts, status: 503, latencyMs: 30.5 });
    for (const ms of [1.2345678, 0.2, 30.5]) tally.addCall(ms, 1000);
    tally.addBeside(100, 1000);
    const { latency, ...counts } = tally.toJSON();
    expect(counts).toMatchObject({
      ...{ requests: 3, rows: 2, clientErrors: 1, serverErrors: 1 },
      ...{ calls: 3, handlerMs: 2 + 1 + 31, besideMs: 100, megabyteMs: 134_000 },
    });
    expect(QuantileSketch.from(latency).quantile(1)).toBe(1.235);
  });

  it('merge, in any grouping, to the summary of all requests', () => {
    const requests = fc.array(request, { maxLength: 60 });
    fc.assert(
      fc.property(requests, fc.array(fc.nat(60), { maxLength: 3 }), (all, cuts) => {
        const bounds = [0, ...cuts.sort((a, b) => a - b), all.length];
        const parts = bounds.slice(1).map((end, i) => summaryOf(all.slice(bounds[i], end)));
        const merged = mergeSummaries(parts);
        const whole = summaryOf(all);
        const { latency, outputs, latencySum, ...counts } = merged;
        expect(counts).toEqual({ ...whole, ...pick(merged) });
        expect(latencySum).toBeCloseTo(whole.latencySum, 6);
        const shares = [0, 0.25, 0.5, 0.95, 1];
        expect(QuantileSketch.from(latency).quantiles(shares)).toEqual(
          QuantileSketch.from(whole.latency).quantiles(shares),
        );
        for (const [i, profile] of outputs.entries()) {
          if (profile.kind === 'label') expect(profile).toEqual(whole.outputs[i]);
          if (profile.kind === 'score') expect(profile).toMatchObject({ bins: binsOf(all) });
        }
      }),
    );
  });

  const pick = ({ latency, outputs, latencySum }: ReturnType<typeof summaryOf>) => {
    const gone = { latency, outputs, latencySum };
    return Object.fromEntries(Object.keys(gone).map((name) => [name, undefined]));
  };

  const binsOf = (requests: readonly Seen[]) => {
    const bins = new Array(20).fill(0);
    for (const { status, score } of requests) {
      if (status < 400) bins[Math.min(19, Math.floor(score * 20))]++;
    }
    return bins;
  };

  it('list fifty labels, and count the others', () => {
    const tally = new TrafficTally();
    const labels = Array.from({ length: 120 }, (_, i) => `l${i % 60}`);
    tally.outputs.addLabels('label', labels);
    const [profile] = tally.toJSON().outputs;
    expect(profile?.kind === 'label' && [profile.counts.length, profile.other]).toEqual([50, 20]);
  });
});

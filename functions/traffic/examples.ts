import type { Examples } from '#shared/examples.ts';
import { ENDPOINT, MODEL } from '#shared/story.ts';

export const examples: Examples = {
  getTraffic: {
    params: { endpoint: ENDPOINT },
    query: { from: '2026-11-02T09:00:00Z', to: '2026-11-02T10:00:00Z' },
    answer: {
      endpoint: ENDPOINT,
      from: '2026-11-02T09:00:00.000Z',
      to: '2026-11-02T10:00:00.000Z',
      variants: [
        {
          variant: 'default',
          model: MODEL,
          version: 1,
          revisions: [1],
          requests: 1204,
          rows: 1204,
          clientErrors: 3,
          serverErrors: 0,
          latency: { count: 1201, mean: 0.4, p50: 0.3, p90: 0.6, p95: 0.8, p99: 2.1 },
          outputs: [
            {
              name: 'price',
              kind: 'value',
              count: 1201,
              mean: 402.7,
              standardDeviation: 96.1,
              min: 121.3,
              max: 690.2,
              p50: 398.4,
            },
          ],
          captures: { selected: 120, written: 120, files: 4 },
        },
      ],
      missing: 0,
    },
  },
  getShadows: {
    params: { endpoint: ENDPOINT },
    query: { from: '2026-11-02T09:00:00Z', to: '2026-11-02T10:00:00Z' },
    answer: {
      endpoint: ENDPOINT,
      from: '2026-11-02T09:00:00.000Z',
      to: '2026-11-02T10:00:00.000Z',
      shadows: [
        {
          ...{ shadow: 'next', model: MODEL, version: 2, requests: 120, failures: 0, rows: 120 },
          ...{ otherLabelShare: null, labelledRows: 0 },
          ...{ meanDifference: 3.2, maxDifference: 18.4, comparedRows: 120 },
          latency: { count: 120, mean: 0.1, p50: 0.1, p90: 0.1, p95: 0.2, p99: 0.4 },
          outputs: [],
        },
      ],
    },
  },
};

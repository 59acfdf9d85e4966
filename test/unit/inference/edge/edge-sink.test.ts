import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { captureKey } from '#core/capture/keys.ts';
import { encodeCaptures } from '../../../../functions/inference/capture/capture-file.ts';
import { EdgeSink } from '../../../../functions/inference/edge/edge-sink.ts';
import { Spool } from '../../../../functions/inference/edge/spool.ts';
import { prepareTarget } from '../../../../functions/inference/predict.ts';
import { newTrace } from '../../../../functions/inference/wire.ts';
import { servingEndpoint } from '../../../helpers/inference.ts';
import { echoModel } from '../../../helpers/tiny-model.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 25, 21);
const INSTANCE = '01KAWWWWWWWWWWWWWWWWWWWWWW';

const record = servingEndpoint('e', echoModel([{ name: 'x', datatype: 'FP32', shape: ['n'] }]));
const endpoint = { ...record, capture: { share: 1, mask: [], drop: [] } };
const target = prepareTarget(endpoint, endpoint.variants[0] as (typeof endpoint.variants)[number]);

/** A file of one row at each of these times. */
function file(n: number, ...times: number[]): [string, Uint8Array] {
  const traces = times.map((at) => {
    const x = { data: Float32Array.of(1), dims: [1], size: 1, type: 'float32' };
    return { ...newTrace('id', at), target, status: 200, inputs: { x } as never, outputs: [] };
  });
  const about = { endpoint: 'e', at: START, variant: 'default', shadowed: false };
  return [captureKey({ ...about, id: `${INSTANCE}.${n}` }), encodeCaptures(target, traces)];
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skiff-sink-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function sinkOf(send: 'captures' | 'profiles', maxBytes = 1e6) {
  const spool = new Spool(folder, maxBytes);
  const lines: string[] = [];
  const sink = new EdgeSink({
    ...{ spool, instance: INSTANCE, send, profileMs: HOUR, now: () => START + 2 * HOUR },
    ...{ referenceOf: () => [], log: (line: string) => void lines.push(line) },
  });
  const items = () => {
    const all = spool.next({ maxItems: 100, maxBytes: 1e9, except: new Set() });
    return all.map(({ text }) => JSON.parse(text));
  };
  return { spool, sink, lines, items };
}

describe('profiles of what a device saw', () => {
  it('count rows once, however often a disk takes nothing', async () => {
    const { spool, sink, items } = sinkOf('profiles');
    const put = spool.put.bind(spool);
    let left = 1;
    spool.put = (...args) => {
      if (left-- > 0) return put(...args);
      throw new Error('no space left on device');
    };
    // Rows of two spans, of which the first is written.
    const late = file(0, START, START + HOUR);
    await expect(sink.putFile(...late)).rejects.toThrow('no space left');
    await expect(sink.putFile(...late)).rejects.toThrow('no space left');
    left = 100;
    await sink.putFile(...late);
    await sink.putFile(...file(1, START));
    sink.close(true);
    expect(items().map(({ profile }) => profile.rows)).toEqual([2, 1]);
  });
});

it('what is too large to be sent is given up, and said to be', async () => {
  const { sink, lines, items, spool } = sinkOf('captures', 100);
  await sink.putFile(...file(0, START));
  expect([items(), spool.dropped]).toEqual([[], 1]);
  expect(lines.join('')).toContain(`capture ${INSTANCE}.0 is given up`);
});

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openBundle, sha256Of } from '#core/bundle/manifest.ts';
import { activate } from '../../../../functions/inference/edge/active.ts';
import { BundleStore } from '../../../../functions/inference/edge/bundle-store.ts';
import { Bundles } from '../../../../functions/inference/edge/bundles.ts';
import type { Cloud } from '../../../../functions/inference/edge/cloud.ts';
import { Metrics } from '../../../../functions/inference/edge/metrics.ts';
import { Serving } from '../../../../functions/inference/edge/serving.ts';
import { makeBundle, TEST_KEY } from '../../../helpers/bundle.ts';
import { edgeFarm } from '../../../helpers/edge.ts';
import { fakePlatform } from '../../../helpers/fake-platform.ts';
import { echoModel } from '../../../helpers/tiny-model.ts';

const model = echoModel([{ name: 'x', datatype: 'FP32', shape: ['n'] }]);
const golden = (answer: number) => ({
  inputs: [{ name: 'x', datatype: 'FP32' as const, shape: [1], data: [2] }],
  ...{ outputs: [{ name: 'x_out', data: [answer] }], tolerance: 1e-6 },
});
const bundle = (revision: number) => makeBundle('e', model, { revision, golden: golden(2) });
const STRANGER =
  '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n';

const farm = edgeFarm();
let platform: Awaited<ReturnType<typeof fakePlatform>>;
beforeEach(async () => {
  platform = await fakePlatform();
});
afterEach(() => platform.close());
afterAll(() => farm.end());

const limits = { maxBodyBytes: 1e6, maxAnswerBytes: 1e6, maxRows: 100 };
const active = { memoryMb: 1000, limits, warn: () => {} };

/** What a process keeps of bundles, begun again on the same folder at each call. */
function processOn(folder: string, more: { keys?: string[]; endpoint?: string } = {}) {
  const store = new BundleStore(folder);
  const serving = new Serving(new Metrics(), undefined);
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const bundles = new Bundles({
    ...{ store, serving, active, log, keys: more.keys ?? [TEST_KEY], endpoint: more.endpoint },
  });
  const revision = () => serving.active?.endpoint.revision;
  return { store, serving, bundles, lines, revision };
}

/** The platform's offer, with what it is fetched by. */
function offering(archive: Uint8Array, revision: number): Cloud {
  platform.state.offer = { revision, archive };
  const about = { sha256: sha256Of(archive), sizeBytes: archive.length };
  const url = `${platform.url}/archive`;
  return { offer: async () => ({ endpoint: 'e', revision, ...about, url }) } as unknown as Cloud;
}

/** A folder whose process serves these, one after the other. */
async function served(...revisions: number[]): Promise<string> {
  const folder = farm.newFolder();
  const { bundles, revision } = processOn(folder);
  for (const each of revisions) await bundles.poll(offering(bundle(each), each));
  expect(revision()).toBe(revisions.at(-1));
  return folder;
}

describe('a bundle that failed by no fault of its own', () => {
  it('of a key that was not trusted is served by the process that trusts it', async () => {
    const folder = farm.newFolder();
    const first = processOn(folder, { keys: [STRANGER] });
    await first.bundles.poll(offering(bundle(3), 3));
    const { requests } = platform.state;
    // The same process does not fetch it again and again.
    await first.bundles.poll(offering(bundle(3), 3));
    expect([platform.state.requests, first.revision()]).toEqual([requests, undefined]);
    const second = processOn(folder);
    await second.bundles.poll(offering(bundle(3), 3));
    expect(second.revision()).toBe(3);
  });

  it.each([
    ['another key', { keys: [STRANGER] }],
    ['another endpoint', { endpoint: 'f' }],
  ])('stays on disk over a start with %s', async (_, wrong) => {
    const folder = await served(3, 4);
    const second = processOn(folder, wrong);
    await second.bundles.start(undefined);
    expect(second.revision()).toBeUndefined();
    const third = processOn(folder);
    await third.bundles.start(undefined);
    expect(third.revision()).toBe(4);
  });
});

describe('a bundle that ends the process', () => {
  /** As after a crash: it had begun, and did not end. */
  const crash = (folder: string, archive: Uint8Array) =>
    new BundleStore(folder).begin(sha256Of(archive));

  it('is refused at the third time, and the one before is served', async () => {
    const folder = await served(3, 4);
    crash(folder, bundle(4));
    crash(folder, bundle(4));
    const second = processOn(folder);
    await second.bundles.start(undefined);
    // Twice it was the power.
    expect(second.revision()).toBe(4);
    for (let i = 0; i < 3; i++) crash(folder, bundle(4));
    const third = processOn(folder);
    await third.bundles.start(undefined);
    expect(third.revision()).toBe(3);
    expect(third.store.whyRefused(sha256Of(bundle(4)))).toContain('ended 3 times');
  });

  it('is on record before it is loaded', async () => {
    const folder = farm.newFolder();
    const { bundles, store, serving } = processOn(folder);
    const states: { trying: { digest: string } | null }[] = [];
    const state = () => JSON.parse(readFileSync(join(folder, 'bundles/state.json'), 'utf8'));
    const keep = store.keep.bind(store);
    store.keep = (name, before) => {
      states.push(state());
      expect(serving.active).toBeUndefined();
      keep(name, before);
    };
    await bundles.poll(offering(bundle(3), 3));
    expect(states).toMatchObject([{ trying: { digest: sha256Of(bundle(3)), times: 1 } }]);
    expect(state()).toMatchObject({ trying: null, current: expect.stringMatching(/^3-/) });
  });
});

describe('a bundle on a disk that takes nothing more', () => {
  it('is served after a start; a new one takes its place on disk before it is served', async () => {
    const folder = await served(3);
    const full = () => {
      throw new Error('no space left on device');
    };
    const { bundles, store, revision } = processOn(folder);
    Object.assign(store, { begin: full, end: full, keep: full });
    await bundles.start(undefined);
    expect(revision()).toBe(3);
    await bundles.poll(offering(bundle(4), 4));
    expect(revision()).toBe(3);
  });
});

it('a bundle whose file was damaged is fetched, and written, again', async () => {
  const folder = await served(3, 4);
  const [name] = readdirSync(join(folder, 'bundles')).filter((file) => file.startsWith('4-'));
  const path = join(folder, 'bundles', String(name));
  writeFileSync(path, readFileSync(path).fill(7, 3_000));
  const { bundles, revision } = processOn(folder);
  await bundles.start(undefined);
  expect(revision()).toBe(3);
  await bundles.poll(offering(bundle(4), 4));
  expect([revision(), sha256Of(readFileSync(path))]).toEqual([4, sha256Of(bundle(4))]);
});

it('what is served does not hold its archive in memory', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const make = async () => {
    const bytes = new Uint8Array(bundle(3));
    const path = farm.put(farm.newFolder(), 'b.tar', bytes);
    const made = await activate(openBundle(bytes, [TEST_KEY]), { path, bytes }, active);
    return { made, archive: new WeakRef(bytes.buffer) };
  };
  const { made, archive } = await make();
  for (let i = 0; i < 20 && archive.deref(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    gc();
  }
  expect(archive.deref()).toBeUndefined();
  made.close();
});

describe('the address of a first bundle', () => {
  it('is logged without its signature, and no more is read than memory holds', async () => {
    const folder = farm.newFolder();
    platform.state.offer = { revision: 3, archive: Buffer.alloc(2 ** 20 + 1) };
    const { serving, store, lines } = processOn(folder);
    const log = (line: string) => void lines.push(line);
    const options = { store, serving, log, keys: [TEST_KEY], endpoint: undefined };
    const bundles = new Bundles({ ...options, active: { ...active, memoryMb: 1 } });
    await bundles.start(`${platform.url}/archive?X-Amz-Signature=secret`);
    const text = lines.join('');
    expect(text).toContain('/archive cannot be used');
    expect(text).toContain('it is too long');
    expect(text).not.toContain('secret');
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stopCdk } from '../../local/cdk.ts';
import { deployed } from '../../local/deploy.ts';
import { ensureLocalAws } from '../../local/local-aws.ts';
import { type Place, placeOf } from '../../local/settings.ts';
import { api, stack } from '../helpers/stack.ts';

const own = placeOf('e2e');

describe('the local AWS that the tests run on', () => {
  it('is taken as it is by a second start, with nothing to do and nothing lost', async () => {
    const lines: string[] = [];
    const again = await ensureLocalAws(own, { log: (line) => lines.push(line) });
    expect([again, lines]).toEqual([stack(), []]);
  });

  it('says in a file for other programs where it is', () => {
    const bucket = expect.stringMatching(/^skiffdata-/);
    expect(stack()).toMatchObject({
      apiUrl: expect.stringContaining(own.endpoint),
      token: expect.stringMatching(/^skiff_/),
      awsEndpointUrl: own.endpoint,
      region: 'us-east-1',
      buckets: { artifacts: bucket, data: bucket },
      table: expect.stringMatching(/^SkiffData-/),
    });
  });

  it.each([
    ['127.0.0.1', 'open'],
    // Loopback too, and open where a server listens on all addresses.
    ['127.0.0.2', 'closed'],
  ])('is, at %s, %s', async (host, expected) => {
    const socket = connect(own.port, host);
    const found = await new Promise((resolve) => {
      socket.once('connect', () => resolve('open')).once('error', () => resolve('closed'));
    });
    socket.destroy();
    expect(found).toBe(expected);
  });
});

describe('an emulator that the user runs', () => {
  let place: Place;
  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'skiff-external-'));
    place = { ...own, external: true, folder, temporary: folder, info: join(folder, 'local.json') };
  });
  afterEach(async () => {
    await stopCdk();
    rmSync(place.folder, { recursive: true });
    expect((await api.request('GET', '/api/v1/health')).status).toBe(200);
  });
  const remember = (what: object) =>
    writeFileSync(
      join(place.folder, 'deployed.json'),
      JSON.stringify({ ...deployed(own), ...what }),
    );

  it('is used with what was deployed into it', async () => {
    remember({});
    const { table, apiUrl } = await ensureLocalAws(place);
    expect({ table, apiUrl }).toEqual({ table: stack().table, apiUrl: stack().apiUrl });
  });

  it('keeps stacks of somebody else, unless --fresh', async () => {
    await expect(ensureLocalAws(place)).rejects.toThrow(
      /has stacks of Skiff that were not deployed from here.*--fresh` deletes them/,
    );
  });

  it('keeps stacks that have changed since, unless --fresh', async () => {
    remember({ digest: 'of other templates', sources: 'of other files' });
    await expect(ensureLocalAws(place)).rejects.toThrow(
      /the stacks have changed.*cannot update them in place.*--fresh` throws away all/,
    );
    expect(deployed(place)?.digest).toBe('of other templates');
  }, 300_000);
});

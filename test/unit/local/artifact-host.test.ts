import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  artifactHostPid,
  startArtifactHost,
  stopArtifactHost,
} from '../../../local/artifact-host/process.ts';
import { startEmulator } from '../../../local/emulator.ts';
import { isAlive } from '../../../local/lock.ts';
import { artifactPort, type Place, placeOf } from '../../../local/settings.ts';

/** Something in the place of the emulator, which answers with what it was asked. */
let emulator: Server;
let place: Place;
beforeEach(async () => {
  emulator = createServer(async (request, response) => {
    // Of one that breaks off nothing is left.
    const bytes = Buffer.concat(await request.toArray().catch(() => []));
    response.writeHead(207, { 'x-asked': `${request.method} ${request.url}` }).end(bytes);
  }).listen(0, '127.0.0.1');
  await once(emulator, 'listening');
  const { port } = emulator.address() as AddressInfo;
  const folder = mkdtempSync(join(tmpdir(), 'skiff-artifact-host-'));
  place = { ...placeOf('local', { SKIFF_PORT: String(port) }), folder };
  place = { ...place, temporary: join(folder, 'temporary') };
});
afterEach(async () => {
  await stopArtifactHost(place);
  emulator.closeAllConnections();
  emulator.close();
  rmSync(place.folder, { recursive: true });
});

const url = (path: string) => `http://127.0.0.1:${artifactPort(place)}${path}`;
const take = async (port: number) => {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

describe('the local host of artifacts', () => {
  it('starts once, sends what is no file to the API, and stops', async () => {
    await startArtifactHost(place, 'data');
    const pid = artifactHostPid(place) as number;
    await startArtifactHost(place, 'data');
    expect(artifactHostPid(place)).toBe(pid);
    const list = '/team/api/2.0/mlflow-artifacts/artifacts?path=1%2Fa';
    const answer = await fetch(url(list), { method: 'POST', body: 'x'.repeat(100_000) });
    expect([answer.status, answer.headers.get('x-asked')]).toEqual([207, `POST ${list}`]);
    expect((await answer.text()).length).toBe(100_000);
    await stopArtifactHost(place);
    expect([artifactHostPid(place), isAlive(pid)]).toEqual([undefined, false]);
    await stopArtifactHost(place);
  });

  it('starts again where it died', async () => {
    await startArtifactHost(place, 'data');
    const pid = artifactHostPid(place) as number;
    process.kill(pid, 'SIGKILL');
    await startArtifactHost(place, 'data');
    expect(artifactHostPid(place)).not.toBe(pid);
    expect((await fetch(url('/'))).status).toBe(207);
  });

  it('stops with a file on its way', async () => {
    await startArtifactHost(place, 'data');
    const pid = artifactHostPid(place) as number;
    const body = new ReadableStream({ start: (sink) => sink.enqueue(Buffer.from('never ends')) });
    const sent = fetch(url('/api/x'), { method: 'PUT', body, duplex: 'half' } as RequestInit);
    const cut = sent.then(
      () => 'answered',
      () => 'cut off',
    );
    await once(emulator, 'request');
    await stopArtifactHost(place);
    expect([await cut, isAlive(pid)]).toEqual(['cut off', false]);
  });

  it('says whose port it cannot have, and so does the emulator before anything starts', async () => {
    const other = await take(artifactPort(place));
    const problem = `port ${artifactPort(place)} is in use by another program: stop that, or choose another port by setting SKIFF_PORT`;
    await expect(startArtifactHost(place, 'data')).rejects.toThrow(problem);
    emulator.close();
    await expect(startEmulator(place, () => {})).rejects.toThrow(problem);
    other.close();
  });

  it('is not there beside an emulator of the user', async () => {
    await startArtifactHost({ ...place, external: true }, 'data');
    expect(artifactHostPid(place)).toBeUndefined();
  });
});

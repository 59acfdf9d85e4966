import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sha256Of } from '#core/bundle/manifest.ts';

interface Received {
  readonly id: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** The part of the platform's API that devices use, with a network that can go away. */
export async function fakePlatform() {
  const state = {
    offer: undefined as { revision: number; archive: Uint8Array } | undefined,
    isDown: false,
    /** Takes what is sent, and then the answer is lost. */
    losesAnswers: false,
    requests: 0,
    /** Uploads wait for it. */
    held: undefined as Promise<void> | undefined,
  };
  /** By kind and id: what is sent again is the same. */
  const items = new Map<string, Received>();
  const server = createServer(async (request, response) => {
    state.requests++;
    if (state.isDown) return response.destroy();
    const say = (status: number, body: unknown) =>
      response.writeHead(status).end(JSON.stringify(body));
    const url = request.url ?? '';
    if (url.startsWith('/archive')) return response.end(state.offer?.archive);
    if (request.headers.authorization !== 'Bearer token') return say(401, {});
    if (url.endsWith('/bundle')) {
      if (!state.offer) return say(404, {});
      const { revision, archive } = state.offer;
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/archive`;
      const about = { sha256: sha256Of(archive), sizeBytes: archive.length, url: address };
      return say(200, { endpoint: 'e', revision, ...about });
    }
    const chunks: Buffer[] = [];
    await state.held;
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sent = JSON.parse(Buffer.concat(chunks).toString()).items as Received[];
    const outcomes = sent.map((item) => {
      const key = `${item.kind} ${item.id}`;
      const result = items.has(key) ? 'duplicate' : 'stored';
      items.set(key, item);
      return { id: item.id, result };
    });
    if (state.losesAnswers) return response.destroy();
    return say(200, { items: outcomes });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ofKind = (kind: string) => [...items.values()].filter((item) => item.kind === kind);
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url, state, items, ofKind, close };
}

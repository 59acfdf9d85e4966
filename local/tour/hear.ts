import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Api, call } from '../api-client.ts';

const PATIENCE_MS = 30_000;

/** Has an event sent here by a webhook while something is done; answers what came. */
export async function hearing(
  api: Api,
  wanted: { event: string; endpoint: string },
  run: () => Promise<void>,
): Promise<string> {
  let hear: (body: string) => void = () => {};
  const heard = new Promise<string>((resolve) => {
    hear = resolve;
  });
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    hear(Buffer.concat(parts).toString('utf8'));
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { event, endpoint } = wanted;
  const body = { url, events: [event], endpoint };
  const { id } = await call<{ id: string }>(api, 'POST', '/api/v1/webhooks', { body });
  const timer = setTimeout(() => hear('nothing came'), PATIENCE_MS);
  try {
    await run();
    return await heard;
  } finally {
    clearTimeout(timer);
    await call(api, 'DELETE', `/api/v1/webhooks/${id}`);
    server.closeAllConnections();
    server.close();
  }
}

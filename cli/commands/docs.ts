import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { commands, string } from '../arguments.ts';

export const docs = commands([
  {
    name: 'docs',
    summary: 'Show the API reference in a browser, until Ctrl-C',
    arguments: [],
    options: { output: string('write the page to a file instead', '<file>', { short: 'o' }) },
    details:
      'The page is asked for with your token and shown at an address of this machine, because\nbrowsers send no token where a page is opened.',
    examples: ['skiff docs', 'skiff docs --output reference.html'],
    async run(invocation) {
      const { out, signal } = invocation;
      const { body, headers } = await invocation.client().ask('GET /api/v1/docs', { signal });
      const page = String(body);
      const file = invocation.text('output');
      if (file) {
        await writeFile(file, page);
        out.result({ file }, () => `written to ${file}`);
        return;
      }
      const policy = headers.get('content-security-policy') ?? "default-src 'none'";
      await show(page, policy, signal, (url) =>
        out.result({ url }, () => `${url} shows the reference until Ctrl-C`),
      );
    },
  },
]);

/** Serves a page on the loopback interface. @throws AbortError when it is told to end */
async function show(
  page: string,
  policy: string,
  signal: AbortSignal,
  ready: (url: string) => void,
): Promise<void> {
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy };
  const server = createServer((_, response) => response.writeHead(200, headers).end(page));
  server.listen(0, '127.0.0.1');
  try {
    await once(server, 'listening', { signal });
    ready(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await once(server, 'close', { signal });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

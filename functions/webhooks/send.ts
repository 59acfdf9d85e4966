import http from 'node:http';
import https from 'node:https';
import { checkUrl, publicLookup } from './addresses.ts';

const TIMEOUT_MS = 10_000;

interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly allowPrivate: boolean;
}

/**
 * One attempt; answers the HTTP status. Redirects are not followed, and of the answer's body nothing
 * is read.
 *
 * @throws Error where there is no answer in ten seconds, or the address is private
 */
export async function post({ url: text, headers, body, allowPrivate }: Post): Promise<number> {
  const url = checkUrl(text, allowPrivate);
  const { request } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        // No connection is kept: the next one is checked again.
        agent: false,
        ...(!allowPrivate && { lookup: publicLookup }),
      },
      (answer) => {
        resolve(answer.statusCode ?? 0);
        answer.destroy();
      },
    );
    sent.on('error', (error) => {
      reject(error.name === 'AbortError' ? new Error('no answer in ten seconds') : error);
    });
    sent.end(body);
  });
}

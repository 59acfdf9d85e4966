import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream/promises';
import {
  type EdgeHeaders,
  type EdgeRequest,
  edgeHandler,
} from '../../functions/tracking/artifact-host.ts';
import { type Found, filesOf } from './files.ts';

interface Options {
  /** Of the emulator, which has both API and S3. */
  readonly endpoint: string;
  readonly bucket: string;
}

/**
 * In the place of CloudFront (infra/artifacts-stack.ts): the same function decides on requests for
 * files, which flow to and from S3; everything else goes to the API.
 */
export function artifactHost({ endpoint, bucket }: Options): Server {
  const decide = edgeHandler(() => endpoint);
  const files = filesOf(endpoint, bucket);

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const [uri = '/', querystring = ''] = (incoming.url ?? '/').split('?');
    if (!FILES.test(uri)) return forward(incoming, outgoing, endpoint);
    const request: EdgeRequest = {
      ...{ method: incoming.method ?? 'GET', uri, querystring },
      headers: edgeHeaders(incoming.headers),
    };
    const config = { distributionDomainName: incoming.headers.host ?? '' };
    const decided = await decide({ Records: [{ cf: { config, request } }] });
    if ('status' in decided) return send(outgoing, decided);
    const { body, ...response } = await files(decided, incoming);
    const tidied = await decide({ Records: [{ cf: { config, request: decided, response } }] });
    return send(outgoing, { body, ...tidied } as Found);
  }

  // A large file takes as long as it takes.
  return createServer({ requestTimeout: 0 }, (incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: Error) => {
      console.error(`${incoming.method} ${incoming.url}: ${error.stack}`);
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(502).end();
    });
  });
}

/** The paths of the distribution that go to S3. */
const FILES = /\/api\/2\.0\/mlflow-artifacts\/artifacts\/./;

async function send(outgoing: ServerResponse, { status, headers, body }: Found): Promise<void> {
  const plain = Object.entries(headers).map(([name, [first]]) => [name, first?.value ?? '']);
  outgoing.writeHead(Number(status), Object.fromEntries(plain));
  if (body === undefined || typeof body === 'string') outgoing.end(body);
  else await pipeline(body, outgoing);
}

/** To the API and back, with everything that it brings but the name of the host. */
async function forward(incoming: IncomingMessage, outgoing: ServerResponse, endpoint: string) {
  const { method, url = '/', headers } = incoming;
  const { host, ...rest } = headers;
  const upstream = request(`${endpoint}${url}`, { method, headers: rest });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once('response', resolve).once('error', reject);
  });
  await Promise.all([pipeline(incoming, upstream), answered]);
  const answer = await answered;
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  await pipeline(answer, outgoing);
}

const edgeHeaders = (headers: IncomingMessage['headers']): EdgeHeaders =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [{ value: [value].flat().join(', ') }]]),
  );

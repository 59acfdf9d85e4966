import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

type Item = Record<string, any>;

/** DynamoDB and S3 over HTTP, as far as single items and objects go, for clients in this process. */
export class FakeAws {
  /** By `pk sk`, in DynamoDB's JSON. */
  readonly items = new Map<string, Item>();
  /** By `bucket/key`. */
  readonly objects = new Map<string, Uint8Array>();
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const target = String(request.headers['x-amz-target'] ?? '');
      const answer = target
        ? Buffer.from(JSON.stringify(this.#dynamo(target, JSON.parse(body.toString()))))
        : this.#s3(request.method ?? '', request.url ?? '', body);
      if (!answer) response.writeHead(404).end();
      else response.writeHead(200, { 'content-length': answer.length }).end(answer);
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_REGION: 'us-east-1',
    });
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #dynamo(target: string, input: Item): Item {
    const keyOf = ({ pk, sk }: Item) => `${pk.S} ${sk.S}`;
    if (target.endsWith('GetItem')) return { Item: this.items.get(keyOf(input.Key)) };
    this.items.set(keyOf(input.Item), input.Item);
    return {};
  }

  #s3(method: string, url: string, body: Buffer): Uint8Array | undefined {
    const path = decodeURIComponent(url.split('?')[0] as string).slice(1);
    if (method === 'GET') return this.objects.get(path);
    this.objects.set(path, Uint8Array.from(body));
    return new Uint8Array();
  }
}

/** A plain value in DynamoDB's JSON. */
export function marshal(value: unknown): any {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(marshal) };
  const fields = Object.entries(value as object).map(([name, inner]) => [name, marshal(inner)]);
  return { M: Object.fromEntries(fields) };
}

/** A bucket that is a folder, as far as reading captures needs S3; DynamoDB's queries find nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const folder = process.argv[2] as string;
const keys = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.parquet'),
);

const server = createServer((request, response) => {
  const url = new URL(request.url as string, 'http://bucket');
  if (request.method === 'POST') {
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end('{"Items":[],"Count":0}');
    return;
  }
  const prefix = url.searchParams.get('prefix');
  if (prefix !== null) {
    const found = keys.filter((key) => key.startsWith(prefix));
    const contents = found.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('');
    response.setHeader('content-type', 'application/xml');
    response.end(`<ListBucketResult>${contents}</ListBucketResult>`);
    return;
  }
  // Either way of naming a bucket: in the path, or in the host.
  const key = decodeURIComponent(url.pathname).replace(/^\/(data\/)?/, '');
  response.setHeader('etag', '"none"');
  response.end(readFileSync(join(folder, key)));
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));

import { artifactHost } from './server.ts';

/** What is still flowing is cut off after this. */
const GRACE_MS = 1000;

const [port, endpoint, bucket] = process.argv.slice(2) as [string, string, string];
const server = artifactHost({ endpoint, bucket });
server.listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => {
  server.close();
  setTimeout(() => server.closeAllConnections(), GRACE_MS).unref();
});

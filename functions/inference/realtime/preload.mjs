// The handler of a function with capacity of its own: Lambda waits for this module, and so for the
// model, before it sends the first request. The bundle beside it is CommonJS and cannot wait.
import { createRequire } from 'node:module';

const { handler, ready } = createRequire(import.meta.url)('./index.js');
await ready;

export { handler };

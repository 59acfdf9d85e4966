import { Worker } from 'node:worker_threads';

/*
 * An internal extension of Lambda (docs.aws.amazon.com/lambda, "Lambda Extensions API"): Lambda
 * freezes the function only once its extensions, too, have asked for the next event, and tells a
 * function with extensions by SIGTERM that it will end. An internal one cannot register for
 * SHUTDOWN, and has to register before the function's module has been loaded; therefore it lives in
 * a thread of its own, which the module waits for, and which spares the main thread its requests.
 */

const NAME = 'skiff-capture';
/** Positions in the memory that both threads see. */
const REGISTERED = 0;
const ANSWERED = 1;
const WAIT_MS = 2_000;

export interface LambdaWindow {
  /** This request is over and nothing is left to be done: Lambda may freeze. */
  readonly ready: () => void;
}

/** @param api host and port, as AWS_LAMBDA_RUNTIME_API has them */
export function joinLambda(
  api: string,
  warn: (message: string, cause: unknown) => void,
): LambdaWindow {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const source = `(${extension})(require('node:worker_threads').workerData, require('node:http'))`;
  const worker = new Worker(source, { eval: true, workerData: { api, name: NAME, shared } });
  worker.on('error', (error) => warn('captures are written late: no Lambda extension', error));
  worker.unref();
  Atomics.wait(shared, REGISTERED, 0, WAIT_MS);
  return {
    ready: () => {
      Atomics.add(shared, ANSWERED, 1);
      Atomics.notify(shared, ANSWERED);
    },
  };
}

interface ExtensionData {
  readonly api: string;
  readonly name: string;
  readonly shared: Int32Array;
}

/** The thread's whole program: handed over as text, so that nothing outside may be used in it. */
async function extension({ api, name, shared }: ExtensionData, http: typeof import('node:http')) {
  const agent = new http.Agent({ keepAlive: true });
  const ask = (method: string, path: string, headers: Record<string, string>, body = '') =>
    new Promise<{ id: string; text: string }>((resolve, reject) => {
      const url = `http://${api}/2020-01-01/extension/${path}`;
      const request = http.request(url, { method, headers, agent }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          if (response.statusCode !== 200) reject(new Error(`${response.statusCode}: ${text}`));
          else resolve({ id: String(response.headers['lambda-extension-identifier']), text });
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  const events = JSON.stringify({ events: ['INVOKE'] });
  const registered = await ask(
    'POST',
    'register',
    { 'lambda-extension-name': name },
    events,
  ).finally(() => {
    Atomics.store(shared, 0, 1);
    Atomics.notify(shared, 0);
  });
  const headers = { 'lambda-extension-identifier': registered.id };
  let answered = Atomics.load(shared, 1);
  for (;;) {
    const { deadlineMs } = JSON.parse((await ask('GET', 'event/next', headers)).text);
    // A request that never reached the handler must not hold the function up for ever.
    Atomics.wait(shared, 1, answered, Math.max(0, deadlineMs - Date.now()));
    answered = Atomics.load(shared, 1);
  }
}

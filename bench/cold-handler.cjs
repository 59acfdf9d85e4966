// The handler's bundle from process start to its first answer, with what takes the time taken apart.
const parts = { nodeBoot: performance.now() };
const Module = require('node:module');

const load = Module.prototype.require;
Module.prototype.require = function (id) {
  if (id !== 'onnxruntime-node') return load.call(this, id);
  const start = performance.now();
  const ort = load.call(this, id);
  parts.requireRuntime ??= performance.now() - start;
  if (!ort.InferenceSession.skiffTimed) time(ort.InferenceSession);
  return ort;
};

/** Wraps session creation: the first one is the environment's, the second the model's. */
function time(InferenceSession) {
  InferenceSession.skiffTimed = true;
  const create = InferenceSession.create;
  const names = ['environment', 'create'];
  InferenceSession.create = async (...args) => {
    const start = performance.now();
    const session = await create.apply(InferenceSession, args);
    parts[names.shift() ?? 'more'] = performance.now() - start;
    return session;
  };
}

async function main() {
  const [, , bundle, eventFile] = process.argv;
  const event = JSON.parse(require('node:fs').readFileSync(eventFile, 'utf8'));
  let start = performance.now();
  const { handler } = require(bundle);
  parts.loadBundle = performance.now() - start - (parts.requireRuntime ?? 0);
  start = performance.now();
  const answer = await handler(event);
  parts.firstRequest = performance.now() - start;
  const total = performance.now();
  const { user, system } = process.cpuUsage();
  if (answer.statusCode !== 200) throw new Error(answer.body);
  console.error(JSON.stringify({ total, cpu: (user + system) / 1000, parts }));
  process.exit(0);
}

void main();

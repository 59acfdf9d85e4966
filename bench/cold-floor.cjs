// The least that a first prediction takes: the runtime, the file, a session, a run.
process.env.ORT_DISABLE_TELEMETRY = '1';
const parts = { nodeBoot: performance.now() };
const { readFileSync } = require('node:fs');

const timed = (name, since) => {
  parts[name] = performance.now() - since;
};

async function main() {
  let start = performance.now();
  const ort = require('onnxruntime-node');
  timed('requireRuntime', start);
  start = performance.now();
  const model = readFileSync(process.argv[2]);
  timed('readModel', start);
  start = performance.now();
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 };
  const session = await ort.InferenceSession.create(model, options);
  timed('environmentAndCreate', start);
  start = performance.now();
  const data = Float32Array.from(JSON.parse(process.argv[3]));
  await session.run({ X: new ort.Tensor('float32', data, [1, data.length]) });
  timed('run', start);
  const total = performance.now();
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ total, cpu: (user + system) / 1000, parts }));
}

void main();

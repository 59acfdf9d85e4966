/**
 * The program of the isolated process, as text for `node -e`, because a Lambda bundle is one file
 * and this must not start with all that is in it. Reads the model and then the feeds as JSON from
 * standard input; prints one line of JSON.
 *
 * Arguments: the runtime's path, the bytes of the model, the session's options as JSON.
 */
export const CHILD = `
'use strict';
const [, runtime, modelBytes, options] = process.argv;
const { readFileSync } = require('node:fs');
const ort = require(runtime);
const BIG = { int64: BigInt64Array, uint64: BigUint64Array };

async function readInput() {
  const model = Buffer.allocUnsafe(Number(modelBytes));
  const rest = [];
  let at = 0;
  for await (const chunk of process.stdin) {
    const taken = chunk.copy(model, at);
    at += taken;
    if (taken < chunk.length) rest.push(chunk.subarray(taken));
  }
  return { model, feeds: JSON.parse(Buffer.concat(rest).toString('utf8')) };
}

function toTensor({ type, dims, data }) {
  if (type in BIG) return new ort.Tensor(type, BIG[type].from(data, BigInt), dims);
  if (type !== 'float16') return new ort.Tensor(type, data, dims);
  const tensor = new ort.Tensor(type, Float16Array.from(data), dims);
  // The binding takes half floats as bits only (microsoft/onnxruntime#32323).
  return Object.assign(tensor, { cpuData: new Uint16Array(Float16Array.from(data).buffer) });
}

// getrusage would count what the parent had when it split off this process.
function peak() {
  try {
    return Number(/^VmHWM:\\s+(\\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}

async function load() {
  const { model, feeds } = await readInput();
  const started = performance.now();
  let milliseconds = 0;
  let problem;
  try {
    const session = await ort.InferenceSession.create(model, JSON.parse(options));
    milliseconds = performance.now() - started;
    await session.run(Object.fromEntries(feeds.map((feed) => [feed.name, toTensor(feed)])));
  } catch (error) {
    milliseconds ||= performance.now() - started;
    problem = String(error && error.message).slice(0, 1000);
  }
  const peakKilobytes = peak();
  process.stdout.write(JSON.stringify({ milliseconds, peakKilobytes, problem }));
}

void load();
`;

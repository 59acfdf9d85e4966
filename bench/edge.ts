import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials } from '@grpc/grpc-js';
import { bytesField, concat, encodeVarint, textField } from '#core/onnx/protobuf.ts';
import { createSession, toOnnx } from '#shared/onnx.ts';
import { bundleEdge } from '../edge/build.ts';
import { makeBundle, TEST_KEY } from '../test/helpers/bundle.ts';
import { treeModel } from '../test/helpers/tree-model.ts';

/*
 * One-row requests to the edge server, a process of its own, over HTTP (JSON, binary) and gRPC;
 * beside it, in the same run, bare session.run and a server of this process that reads and answers
 * the same bytes without a model. Both ends share the machine's processors.
 */

const FEATURES = 30;
const CONNECTIONS = 8;
const WARM_MS = 1_000;
const MEASURED_MS = 4_000;

interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

type Send = () => Promise<void>;

/** So many callers, each with its next request when the last one is answered. */
async function measure(send: Send, callers: number): Promise<Measured> {
  const times: number[] = [];
  let isMeasuring = false;
  let isOver = false;
  const caller = async () => {
    while (!isOver) {
      const start = performance.now();
      await send();
      if (isMeasuring) times.push(performance.now() - start);
    }
  };
  const callersDone = Promise.all(Array.from({ length: callers }, caller));
  await wait(WARM_MS);
  isMeasuring = true;
  await wait(MEASURED_MS);
  isOver = true;
  await callersDone;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] as number;
  return { perSecond: times.length / (MEASURED_MS / 1000), p50: at(0.5), p99: at(0.99) };
}

const wait = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

const values = Float32Array.from({ length: FEATURES }, (_, i) => Math.sin(i));
const head = { name: 'x', datatype: 'FP32', shape: [1, FEATURES] };
const jsonBody = Buffer.from(JSON.stringify({ inputs: [{ ...head, data: [...values] }] }));
const parameters = { binary_data_size: values.byteLength };
const binaryHead = Buffer.from(
  JSON.stringify({ inputs: [{ ...head, parameters }], parameters: { binary_data_output: true } }),
);
const binaryBody = Buffer.concat([binaryHead, Buffer.from(values.buffer)]);
const message = Buffer.from(
  concat([
    textField(1, 'e'),
    bytesField(
      5,
      concat([
        textField(1, 'x'),
        textField(2, 'FP32'),
        bytesField(3, concat([encodeVarint(1), encodeVarint(FEATURES)])),
      ]),
    ),
    bytesField(7, new Uint8Array(values.buffer)),
  ]),
);

function httpSender(port: number, body: Buffer, headers: Record<string, string>): Send {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const options = {
    ...{ port, agent, method: 'POST', path: '/v2/models/e/infer' },
    headers: { 'content-length': body.length, ...headers },
  };
  return () =>
    new Promise((resolve, reject) => {
      const sent = request(options, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${response.statusCode}`));
        response.on('end', resolve);
        response.resume();
      });
      sent.on('error', reject);
      sent.end(body);
    });
}

function grpcSender(client: Client): Send {
  const asItIs = (bytes: Buffer) => bytes;
  const path = '/inference.GRPCInferenceService/ModelInfer';
  return () =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, asItIs, asItIs, message, (error) =>
        error ? reject(error) : resolve(),
      );
    });
}

async function startServer(folder: string): Promise<[ChildProcess, number, number]> {
  const model = treeModel({ trees: 300, depth: 6, features: FEATURES });
  const program = join(folder, 'skiff-edge.cjs');
  bundleEdge(program);
  writeFileSync(join(folder, 'bundle.tar'), makeBundle('e', model));
  const child = spawn(process.execPath, [program], {
    env: {
      NODE_PATH: join(import.meta.dirname, '../node_modules'),
      ...{ SKIFF_EDGE_KEYS: TEST_KEY, SKIFF_EDGE_BUNDLE: join(folder, 'bundle.tar') },
      ...{ SKIFF_EDGE_FOLDER: join(folder, 'state') },
      ...{ SKIFF_EDGE_HTTP_PORT: '0', SKIFF_EDGE_GRPC_PORT: '0' },
    },
  });
  let output = '';
  for (;;) {
    output += await new Promise((resolve) => child.stdout.once('data', resolve));
    const [, http, grpc] = /listening: HTTP (\d+), gRPC (\d+)/.exec(output) ?? [];
    if (http) return [child, Number(http), Number(grpc)];
  }
}

/** Reads a body and answers as many bytes as the edge server does. */
async function startEmpty() {
  const answer = JSON.stringify({ outputs: [{ data: [0.25, 0.75] }], filler: 'x'.repeat(160) });
  const server = createServer((incoming, response) => {
    incoming.resume();
    incoming.on('end', () => response.writeHead(200).end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

async function bareMicroseconds(): Promise<number> {
  const { model } = treeModel({ trees: 300, depth: 6, features: FEATURES });
  const session = await createSession(model);
  const x = toOnnx({ datatype: 'FP32', shape: [1, FEATURES], data: values });
  for (let i = 0; i < 2_000; i++) await session.run({ x });
  const start = performance.now();
  for (let i = 0; i < 20_000; i++) await session.run({ x });
  return ((performance.now() - start) / 20_000) * 1000;
}

function print(name: string, { perSecond, p50, p99 }: Measured): void {
  const ms = (value: number) => `${value.toFixed(2).padStart(6)} ms`;
  console.log(`  ${name.padEnd(34)} ${perSecond.toFixed(0).padStart(7)}/s  ${ms(p50)} ${ms(p99)}`);
}

const folder = mkdtempSync(join(tmpdir(), 'skiff-bench-edge-'));
const [child, http, grpc] = await startServer(folder);
const empty = await startEmpty();
const client = new Client(`127.0.0.1:${grpc}`, credentials.createInsecure());
const binary = { 'inference-header-content-length': String(binaryHead.length) };

console.log('Edge: one row of 30 columns through 300 trees; requests, median, p99');
console.log(`  session.run alone ${(await bareMicroseconds()).toFixed(1)} µs`);
for (const callers of [1, CONNECTIONS]) {
  const of = `, ${callers} caller${callers > 1 ? 's' : ''}`;
  print(`HTTP without a model${of}`, await measure(httpSender(empty.port, jsonBody, {}), callers));
  print(`HTTP, JSON${of}`, await measure(httpSender(http, jsonBody, {}), callers));
  print(`HTTP, binary${of}`, await measure(httpSender(http, binaryBody, binary), callers));
  print(`gRPC, raw${of}`, await measure(grpcSender(client), callers));
}
child.kill();
client.close();
empty.server.close();
empty.server.closeAllConnections();
rmSync(folder, { recursive: true });

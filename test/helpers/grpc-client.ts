import { join } from 'node:path';
import { type Client, credentials, loadPackageDefinition, Metadata } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const PROTO = join(import.meta.dirname, '../fixtures/open-inference.proto');

/** A client made from the protocol's definitions: nothing of ours reads or writes its messages. */
export function grpcClient(address: string) {
  const definition = loadSync(PROTO, { keepCase: true, longs: String, defaults: true });
  const { inference } = loadPackageDefinition(definition) as any;
  const client = new inference.GRPCInferenceService(address, credentials.createInsecure());
  const call = (rpc: string, message: object = {}, headers: Record<string, string> = {}) =>
    new Promise<any>((resolve, reject) => {
      const metadata = new Metadata();
      for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
      client[rpc](message, metadata, (error: Error | null, answer: unknown) =>
        error ? reject(error) : resolve(answer),
      );
    });
  return { call, close: () => (client as Client).close() };
}

/** The status code that a call ends with, and in words why. */
export const failureOf = (call: Promise<unknown>): Promise<[number, string]> =>
  call.then(
    () => [0, ''],
    ({ code, details }) => [code, details],
  );

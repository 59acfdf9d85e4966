import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Edge, startEdge } from '../../functions/inference/edge/edge.ts';
import type { EdgeSettings } from '../../functions/inference/edge/settings.ts';
import { TEST_KEY } from './bundle.ts';

/** Edge servers of a test, each in a folder of its own; all of it goes with `end`. */
export function edgeFarm() {
  const folders: string[] = [];
  const running: Edge[] = [];
  const newFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'skiff-edge-'));
    folders.push(folder);
    writeFileSync(join(folder, 'key.pem'), TEST_KEY);
    return folder;
  };
  const start = async (folder: string, more: Partial<EdgeSettings> = {}) => {
    const lines: string[] = [];
    const settings: EdgeSettings = {
      ...{ SKIFF_EDGE_FOLDER: join(folder, 'state'), SKIFF_EDGE_KEYS: join(folder, 'key.pem') },
      ...{ SKIFF_EDGE_HOST: '127.0.0.1', SKIFF_EDGE_HTTP_PORT: 0, SKIFF_EDGE_GRPC_PORT: 0 },
      ...{ SKIFF_EDGE_DEVICE: 'd', SKIFF_EDGE_SEND: 'captures', SKIFF_EDGE_MEMORY_MB: 1000 },
      // Far away: tests say themselves when something is to happen.
      ...{ SKIFF_EDGE_POLL_SECONDS: 9_999, SKIFF_EDGE_FLUSH_SECONDS: 9_999 },
      ...{ SKIFF_EDGE_UPLOAD_SECONDS: 9_999, SKIFF_EDGE_PROFILE_SECONDS: 3_600 },
      ...{ SKIFF_EDGE_SPOOL_MB: 8, SKIFF_EDGE_MAX_BODY_MB: 8, SKIFF_EDGE_DRAIN_SECONDS: 5 },
      SKIFF_EDGE_REQUESTS_MB: 64,
      ...more,
    };
    const edge = await startEdge(settings, (line) => void lines.push(line));
    running.push(edge);
    const url = `http://127.0.0.1:${edge.httpPort}`;
    return { edge, lines, url, grpc: `127.0.0.1:${edge.grpcPort}` };
  };
  const put = (folder: string, name: string, bytes: Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const end = async () => {
    await Promise.all(running.map((edge) => edge.stop()));
    for (const folder of folders) rmSync(folder, { recursive: true });
  };
  return { newFolder, start, put, end };
}

/** A request with JSON, and its answer. */
export async function ask(url: string, body?: unknown) {
  const response = await fetch(url, {
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text);
    },
  };
}

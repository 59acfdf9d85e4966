/**
 * One look of `bench/monitor.ts`, in a process of its own: prints what it took as JSON. Captures come
 * through the S3 client, from a server in a further process that knows a folder.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { edgesFrom, Profiler } from '#core/profile/profiler.ts';
import { PROFILE_VERSION } from '#core/profile/schema.ts';
import type { Observation } from '../functions/monitoring/observe.ts';
import type { ReferenceData } from '../functions/monitoring/reference.ts';

export interface Look {
  readonly seconds: number;
  readonly megabytes: number;
  readonly drifted: number;
}

const [folder = '', from = 'captures'] = process.argv.slice(2);
const server = spawn(process.execPath, [join(import.meta.dirname, 'folder-bucket.ts'), folder], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [port] = await once(server.stdout, 'data');
Object.assign(process.env, {
  AWS_ENDPOINT_URL: `http://127.0.0.1:${String(port).trim()}`,
  ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' },
  ...{ TABLE_NAME: 'table', DATA_BUCKET: 'data' },
});
// Clients read the environment as they are made.
const { NOTHING_KNOWN, observe } = await import('../functions/monitoring/observe.ts');
const { judge } = await import('../functions/monitoring/judge.ts');
const { readReference } = await import('../functions/monitoring/reference.ts');
const { MonitorSpec } = await import('../functions/monitoring/schema.ts');
const { readCaptures } = await import('../functions/traffic/captures.ts');

const AT = Date.UTC(2026, 10, 26, 9);
const span = { from: AT, to: AT + 3_600_000 };
const iso = (at: number) => new Date(at).toISOString();
const segments: [] = [];
const reference = (await readReference(
  { kind: 'window', from: iso(span.from), to: iso(span.to) },
  { endpoint: 'reference', version: undefined, first: undefined, segments },
)) as ReferenceData;

/** One for each file, as text. */
async function partsOf(endpoint: string): Promise<string[]> {
  const edges = edgesFrom({ version: PROFILE_VERSION, rows: 0, columns: [...reference.columns] });
  const found: string[] = [];
  for await (const table of readCaptures({ endpoint, ...span })) {
    const profiler = new Profiler(edges);
    const columns = table.columns.filter(({ name }) => name.startsWith('in_'));
    profiler.update({ ...table, columns });
    found.push(JSON.stringify(profiler));
  }
  return found;
}

function merged(texts: readonly string[]): Observation {
  const parts = texts.map((text) => Profiler.from(JSON.parse(text)));
  const profile = parts.reduce((a, b) => a.merge(b)).toJSON();
  const sample = { rows: 0, columns: [] };
  return {
    ...{ profile, sample, isWhole: false, outside: new Map(), labels: 0, known: NOTHING_KNOWN },
    ...{ fingerprint: '', said: '' },
  };
}

const texts = from === 'profiles' ? await partsOf('window') : [];
const start = process.cpuUsage();
const observation =
  from === 'profiles'
    ? merged(texts)
    : await observe('window', span, {
        subject: { variant: 'live', model: 'm', version: 1 },
        ...{ reference, segments },
      });
const spec = MonitorSpec.parse({});
const { features } = judge(observation, reference, { spec, importance: new Map() });
const { user, system } = process.cpuUsage(start);
server.kill();
const look: Look = {
  seconds: (user + system) / 1e6,
  megabytes: process.resourceUsage().maxRSS / 1024,
  drifted: features.filter(({ drifted }) => drifted).length,
};
console.log(JSON.stringify(look));

/**
 * One look of `bench/monitor.ts`, in a process of its own: prints what it took as JSON. Captures come
 * through the S3 client, from a server in a further process that knows a folder.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Profiler } from '#core/profile/profiler.ts';
import type { Profile } from '#core/profile/schema.ts';

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
const { observe } = await import('../functions/monitoring/observe.ts');
const { compare } = await import('../functions/monitoring/compare.ts');
const { MonitorSpec } = await import('../functions/monitoring/schema.ts');
const { readCaptures } = await import('../functions/traffic/captures.ts');

const AT = Date.UTC(2026, 10, 26, 9);
const span = { from: AT, to: AT + 3_600_000 };
const subject = { variant: 'live', model: 'm', version: 1 };

async function profiles(endpoint: string, edges?: ConstructorParameters<typeof Profiler>[0]) {
  const found: Profile[] = [];
  for await (const table of readCaptures({ endpoint, ...span })) {
    const profiler = new Profiler(edges);
    profiler.update({
      ...table,
      columns: table.columns.filter(({ name }) => name.startsWith('in_')),
    });
    found.push(profiler.toJSON());
  }
  return found;
}

const [known] = (await profiles('reference')) as [Profile];
const reference = { name: 'reference', rows: known.rows, columns: known.columns };
const { edgesFrom } = await import('#core/profile/profiler.ts');
const texts =
  from === 'profiles'
    ? (await profiles('window', edgesFrom(known))).map((profile) => JSON.stringify(profile))
    : [];

const start = process.cpuUsage();
const observation =
  from === 'captures'
    ? await observe('window', span, { subject, reference })
    : {
        profile: texts
          .map((text) => Profiler.from(JSON.parse(text)))
          .reduce((a, b) => a.merge(b))
          .toJSON(),
        ...{ outside: new Map<string, number>(), labels: 0, known: [] },
      };
const { features } = compare(observation, reference, {
  spec: MonitorSpec.parse({}),
  importance: new Map(),
});
const { user, system } = process.cpuUsage(start);
server.kill();
const look: Look = {
  seconds: (user + system) / 1e6,
  megabytes: process.resourceUsage().maxRSS / 1024,
  drifted: features.filter(({ drifted }) => drifted).length,
};
console.log(JSON.stringify(look));

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../local/settings.ts';

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, value: string];
}

/** A real Prometheus that scrapes one address every second, on a free port of this machine. */
export class Prometheus {
  readonly #url: string;
  readonly #stop: () => void;
  private constructor(url: string, stop: () => void) {
    this.#url = url;
    this.#stop = stop;
  }

  static async start(target: string, token: string): Promise<Prometheus> {
    const { host, protocol, pathname } = new URL(target);
    const job = {
      ...{ job_name: 'skiff', scheme: protocol.slice(0, -1), metrics_path: pathname },
      authorization: { credentials: token },
      static_configs: [{ targets: [host] }],
    };
    const config = { global: { scrape_interval: '1s' }, scrape_configs: [job] };
    const folder = mkdtempSync(join(tmpdir(), 'skiff-prometheus-'));
    const file = join(folder, 'prometheus.yml');
    // JSON is YAML too.
    writeFileSync(file, JSON.stringify(config));
    const address = `127.0.0.1:${await freePort()}`;
    const options = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`];
    const child = spawn(binary(), [...options, `--web.listen-address=${address}`], {
      stdio: 'ignore',
    });
    const stop = () => {
      child.once('exit', () => rmSync(folder, { recursive: true, force: true }));
      child.kill();
    };
    return new Prometheus(`http://${address}`, stop);
  }

  /** Asks until there are series that are so; answers the last ones where time runs out. */
  async until(query: string, isSo: (series: Series[]) => boolean): Promise<Series[]> {
    for (let i = 0; ; i++) {
      const found = await this.query(query).catch(() => []);
      if (isSo(found) || i === 120) return found;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  async query(query: string): Promise<Series[]> {
    const response = await fetch(`${this.#url}/api/v1/query?${new URLSearchParams({ query })}`);
    const { data } = (await response.json()) as { data: { result: Series[] } };
    return data.result;
  }

  /** What the last scrape came to; an error in words. */
  async scraped(): Promise<{ health: string; lastError: string }> {
    const response = await fetch(`${this.#url}/api/v1/targets`);
    const { data } = (await response.json()) as any;
    return data.activeTargets[0];
  }

  stop(): void {
    this.#stop();
  }
}

/** The one on the PATH, or Debian's package, unpacked without installing it. */
function binary(): string {
  if (spawnSync('prometheus', ['--version']).status === 0) return 'prometheus';
  const folder = join(cacheFolder(), 'prometheus');
  const unpacked = join(folder, 'usr/bin/prometheus');
  if (existsSync(unpacked)) return unpacked;
  mkdirSync(folder, { recursive: true });
  try {
    unpack(folder);
  } catch (error) {
    const way = 'install it (on Debian and Ubuntu: apt install prometheus)';
    throw new Error(`this test needs Prometheus on the PATH: ${way}`, { cause: error });
  }
  return unpacked;
}

function unpack(folder: string): void {
  const fetchPackage = () =>
    execFileSync('apt-get', ['download', 'prometheus'], { cwd: folder, stdio: 'pipe' });
  try {
    fetchPackage();
  } catch {
    // A new machine has no lists of packages yet.
    execFileSync('apt-get', ['update'], { stdio: 'pipe' });
    fetchPackage();
  }
  const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.deb'));
  execFileSync('dpkg', ['-x', file, '.'], { cwd: folder, stdio: 'pipe' });
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

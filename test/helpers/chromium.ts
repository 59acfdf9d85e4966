import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { cacheFolder } from '../../local/settings.ts';

/** A browser for tests: how it is started. */
export interface Chromium {
  readonly executablePath: string;
  readonly env?: Record<string, string>;
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * The one that `SKIFF_CHROMIUM` names, or that is on this machine, or one from npm's registry.
 * @throws Error that says how to get one
 */
export function findChromium(): Chromium {
  const named = process.env.SKIFF_CHROMIUM;
  if (named) return { executablePath: named };
  const found = [...NAMES.flatMap(onPath), ...ELSEWHERE].find((path) => existsSync(path));
  if (found) return { executablePath: found };
  try {
    return fromRegistry();
  } catch (error) {
    const way =
      'install it (on Debian: apt install chromium; npx playwright-core install chromium says where it puts one) or name one in SKIFF_CHROMIUM';
    throw new Error(`this test needs Chromium: ${way}`, { cause: error });
  }
}

const onPath = (name: string): string[] =>
  (process.env.PATH ?? '').split(':').map((folder) => join(folder, name));

/** Chromium as people run it on Lambda: one file and its libraries, for x64 alone. */
const PACKAGE = '@sparticuz/chromium';
const VERSION = '153.0.0';

function fromRegistry(): Chromium {
  if (`${process.platform}-${process.arch}` !== 'linux-x64') {
    throw new Error(`${PACKAGE} has nothing for ${process.platform} on ${process.arch}`);
  }
  const folder = join(cacheFolder(), `chromium-${VERSION}`);
  const executablePath = join(folder, 'chromium');
  if (!existsSync(executablePath)) unpack(folder, executablePath);
  return { executablePath, env: librariesIn(folder, executablePath) };
}

function unpack(folder: string, executablePath: string): void {
  mkdirSync(folder, { recursive: true });
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  const tarball = run('npm', 'pack', '--silent', `${PACKAGE}@${VERSION}`).trim();
  run('tar', '-xzf', tarball, 'package/bin');
  const unpacked = (name: string) =>
    brotliDecompressSync(readFileSync(join(folder, 'package/bin', name)));
  for (const name of ['al2023.tar', 'fonts.tar']) {
    writeFileSync(join(folder, name), unpacked(`${name}.br`));
    run('tar', '-xf', name);
  }
  // The one that came along looks in Lambda's folders.
  writeFileSync(
    join(folder, 'fonts.conf'),
    `<fontconfig><dir>${join(folder, 'fonts')}</dir><cachedir>${folder}</cachedir></fontconfig>`,
  );
  writeFileSync(`${executablePath}.part`, unpacked('chromium.br'));
  chmodSync(`${executablePath}.part`, 0o755);
  for (const rest of [tarball, 'package', 'al2023.tar', 'fonts.tar']) {
    rmSync(join(folder, rest), { recursive: true });
  }
  // Under its name it is whole, whoever stops us.
  renameSync(`${executablePath}.part`, executablePath);
}

/** Those that came along, where this machine has none of its own. */
function librariesIn(folder: string, executablePath: string): Record<string, string> {
  const { stdout } = spawnSync('ldd', [executablePath], { encoding: 'utf8' });
  return {
    ...(stdout?.includes('not found') && { LD_LIBRARY_PATH: join(folder, 'lib') }),
    ...(!existsSync('/etc/fonts') && { FONTCONFIG_PATH: folder }),
  };
}

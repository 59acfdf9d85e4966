import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

// Runs a script with the Node that everything here is written for. Plain JavaScript, so that older
// ones can read it. On Linux `npm ci` brings Node 24, but npm 10 leaves no link to it in `.bin`.
const NEEDED = 24;
const path = `../node_modules/node-${process.platform}-${process.arch}/bin/node`;
const bundled = fileURLToPath(new URL(path, import.meta.url));
const isRecent = Number.parseInt(process.versions.node, 10) >= NEEDED;
if (!isRecent && !existsSync(bundled)) {
  console.error(
    `\n✗ Skiff needs Node ${NEEDED}, this is ${process.versions.node}: install it (on Linux \`npm ci\` brings it along)`,
  );
  process.exit(1);
}

const node = isRecent ? process.execPath : bundled;
const child = spawn(node, process.argv.slice(2), {
  stdio: 'inherit',
  env: { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) },
});
// A terminal sends Ctrl-C to both: the script decides what it means.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('close', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));

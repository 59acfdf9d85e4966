import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { interruptible } from '../../local/interrupt.ts';
import { ensureLocalAws, stopLocalAws } from '../../local/local-aws.ts';
import { main } from '../../local/problems.ts';
import { type Place, placeOf, ROOT } from '../../local/settings.ts';

/** Deploys the stacks into a local AWS of its own, runs the tests against it, stops it. */
await main(async () => {
  const place = placeOf('e2e');
  const stop = async () => {
    await stopLocalAws(place);
    return 130;
  };
  await interruptible(() => deployAndTest(place), stop);
});

async function deployAndTest(place: Place): Promise<void> {
  // The tests wait for it, and say what is wrong with it.
  if (!process.argv.some((arg) => arg.startsWith('--testPathPatterns'))) {
    spawn(process.execPath, [join(ROOT, 'test/interop/prepare.ts')], { stdio: 'ignore' }).unref();
  }
  await ensureLocalAws(place, { fresh: true, log: (line) => console.log(`· ${line}`) });
  const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  // Three at a time, because most of them wait most of the time.
  // Jest takes no timeout from a project's configuration.
  const options = [
    '--selectProjects',
    'e2e',
    'e2e-alone',
    'interop',
    '--maxWorkers=3',
    '--testTimeout=120000',
  ];
  const args = [...options, ...process.argv.slice(2)];
  const child = spawn(process.execPath, [...flags, jest, ...args], { cwd: ROOT, stdio: 'inherit' });
  const code = await new Promise<number>((resolve) => child.on('close', (c) => resolve(c ?? 1)));
  if (!process.env.SKIFF_KEEP) await stopLocalAws(place);
  process.exitCode = code;
}

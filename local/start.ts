import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { emulatorPid } from './emulator.ts';
import { interruptible } from './interrupt.ts';
import { ensureLocalAws, runningLocalAws, stopLocalAws } from './local-aws.ts';
import { LocalProblem, main } from './problems.ts';
import { type Place, placeOf } from './settings.ts';
import { summary } from './summary.ts';

const HELP = `Starts a local AWS, deploys the stacks into it and keeps it running until Ctrl-C.

  npm start              data of earlier runs is kept
  npm start -- --fresh   throws away all local data and deploys anew

  SKIFF_PORT         port of the local AWS (default 4566)
  AWS_ENDPOINT_URL   use the emulator that runs there instead`;

await main(async () => {
  const { values } = parse();
  if (values.help) {
    console.log(HELP);
    return;
  }
  const place = placeOf('local');
  const already = !values.fresh && (await runningLocalAws(place)) !== undefined;
  let stopping = false;
  const stop = async () => {
    stopping = true;
    if (already) return 0;
    console.log('\nstopping; your data is kept');
    await stopLocalAws(place);
    return 0;
  };
  await interruptible(async () => {
    const log = (line: string) => !stopping && console.log(`· ${line}`);
    const info = await ensureLocalAws(place, { fresh: values.fresh, log });
    console.log(`${summary(info)}\nNext: npm run demo, or the README's first steps.\n`);
    if (already) console.log('It was running already; npm stop stops it.');
    if (already || place.external) process.exit(0);
    console.log('Ctrl-C stops it; your data is kept.');
    watch(place, () => stopping);
  }, stop);
});

/** Ends with the emulator: stopped or replaced by another command, or dead. */
function watch(place: Place, isStopping: () => boolean): void {
  const pid = emulatorPid(place);
  const timer = setInterval(() => {
    if (isStopping() || emulatorPid(place) === pid) return;
    clearInterval(timer);
    const log = join(place.folder, 'emulator.log');
    console.log(`\nthe local AWS has stopped (by another command, or see ${log})`);
    process.exit(0);
  }, 500);
}

function parse() {
  try {
    return parseArgs({
      options: {
        fresh: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new LocalProblem(`${(error as Error).message}\n\n${HELP}`);
  }
}

import { parseArgs } from 'node:util';
import { ensureLocalAws, runningLocalAws, stopLocalAws } from './local-aws.ts';
import { LocalProblem, main } from './problems.ts';
import { placeOf } from './settings.ts';
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
  const running = values.fresh ? undefined : await runningLocalAws(place);
  if (running) {
    console.log(`It is running already.\n${summary(running)}\nTo stop it: npm stop`);
    return;
  }
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    console.log('\nstopping; your data is kept');
    await stopLocalAws(place);
    process.exit(0);
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
  const log = (line: string) => !stopping && console.log(`· ${line}`);
  const info = await ensureLocalAws(place, { fresh: values.fresh, log });
  console.log(`${summary(info)}\nCtrl-C stops it; your data is kept.`);
  setInterval(() => {}, 60_000);
});

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

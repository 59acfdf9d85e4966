import { stopLocalAws } from './local-aws.ts';
import { main } from './problems.ts';
import { placeOf } from './settings.ts';

await main(async () => {
  const stopped = await stopLocalAws(placeOf('local'));
  console.log(stopped ? 'stopped; your data is kept' : 'there was nothing to stop');
});

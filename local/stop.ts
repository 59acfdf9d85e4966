import { stopLocalAws } from './local-aws.ts';
import { main } from './problems.ts';
import { placeOf } from './settings.ts';

await main(async () => {
  const place = placeOf('local');
  if (place.external) {
    console.log(`the emulator at ${place.endpoint} is yours to stop (AWS_ENDPOINT_URL is set)`);
    return;
  }
  const stopped = await stopLocalAws(place);
  console.log(stopped ? 'stopped; your data is kept' : 'there was nothing to stop');
});

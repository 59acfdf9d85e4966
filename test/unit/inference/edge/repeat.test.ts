import { expect, it } from '@jest/globals';
import { repeat } from '../../../../functions/inference/edge/repeat.ts';

it('what is done again and again goes on after it has failed, and says so', async () => {
  const lines: string[] = [];
  let runs = 0;
  const enough = Promise.withResolvers<void>();
  const run = async () => {
    runs++;
    if (runs === 3) enough.resolve();
    throw new Error('no space left on device');
  };
  const timer = repeat(run, 0.001, (line) => void lines.push(line), true);
  // The timer does not keep a process alive.
  const alive = setInterval(() => {}, 1_000);
  await enough.promise;
  clearInterval(alive);
  timer.abort();
  expect(lines.join('')).toContain('no space left on device');
});

import { randomFillSync } from 'node:crypto';

/*
 * ULIDs, monotonic within the process. Made for the prediction path: the text of a millisecond is
 * built once, random bytes come from a pool, and within one millisecond the number is counted up.
 */

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Two characters for each ten bits. */
const PAIRS = Array.from(
  { length: 1024 },
  (_, i) => (ALPHABET[i >> 5] as string) + (ALPHABET[i & 31] as string),
);
const LOW_BITS = 2 ** 30;

const pool = new Uint16Array(4096);
let used = pool.length;

function random10(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return (pool[used++] as number) & 1023;
}

let lastTime = -1;
/** Ten characters of time and ten of randomness, fixed for the millisecond. */
let prefix = '';
/** The last 30 bits, counted up. */
let low = 0;

/**
 * @param now milliseconds since the epoch; a clock that steps back does not disturb the order
 */
export function predictionId(now: number): string {
  if (now > lastTime || low === LOW_BITS - 1) startMillisecond(Math.max(now, lastTime + 1));
  else low++;
  return (
    prefix +
    (PAIRS[low >>> 20] as string) +
    (PAIRS[(low >>> 10) & 1023] as string) +
    (PAIRS[low & 1023] as string)
  );
}

function startMillisecond(time: number): void {
  lastTime = time;
  prefix = timeText(time);
  for (let i = 0; i < 5; i++) prefix += PAIRS[random10()];
  low = random10() * 2 ** 20 + random10() * 2 ** 10 + random10();
}

function timeText(time: number): string {
  let text = '';
  let rest = time;
  for (let i = 0; i < 5; i++) {
    text = PAIRS[rest % 1024] + text;
    rest = Math.floor(rest / 1024);
  }
  return text;
}

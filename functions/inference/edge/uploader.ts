import { errorFields, logLine } from '../host.ts';
import { type Cloud, CloudError, type UploadOutcome } from './cloud.ts';
import type { Spool, SpoolItem } from './spool.ts';

/** Of one request: API Gateway and Lambda carry 6 MB. */
const MAX_ITEMS = 50;
const MAX_BYTES = 4_000_000;

/** Sends what waits on disk, and forgets it once it was taken. */
export class Uploader {
  readonly #spool: Spool;
  readonly #cloud: Cloud;
  readonly #log: (line: string) => void;
  /** Items by what became of them. */
  readonly counts: Record<UploadOutcome['result'], number> = {
    ...{ stored: 0, duplicate: 0, refused: 0, failed: 0 },
  };
  #running: Promise<void> | undefined;

  constructor(spool: Spool, cloud: Cloud, log: (line: string) => void) {
    this.#spool = spool;
    this.#cloud = cloud;
    this.#log = log;
  }

  /** All that is there, as far as the network carries it; never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#send()
      .catch((error: unknown) => {
        // What was not taken stays, and is sent again: under the same names, so that it is kept once.
        this.#log(logLine('warn', 'nothing could be uploaded', errorFields(error)));
      })
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async #send(): Promise<void> {
    const tried = new Set<string>();
    const most = { maxItems: MAX_ITEMS, maxBytes: MAX_BYTES, except: tried };
    for (;;) {
      const batch = this.#spool.next(most);
      if (batch.length === 0) return;
      for (const { name } of batch) tried.add(name);
      const outcomes = await this.#post(batch.map(({ text }) => text));
      for (const [i, { result, reason }] of outcomes.entries()) {
        this.counts[result]++;
        // It stays for the next time, and holds up no other.
        if (result === 'failed') continue;
        const item = batch[i] as SpoolItem;
        if (result === 'refused') {
          this.#log(logLine('warn', `${item.name} was refused: ${reason}`, {}));
        }
        this.#spool.done(item);
      }
    }
  }

  /** One that the schema refuses must not hold up the others for ever. */
  async #post(texts: readonly string[]): Promise<UploadOutcome[]> {
    try {
      return await this.#cloud.upload(texts);
    } catch (error) {
      const isOurs = error instanceof CloudError && [400, 413].includes(error.status);
      if (!isOurs) throw error;
      if (texts.length === 1) return [{ id: '', result: 'refused', reason: error.message }];
      const outcomes: UploadOutcome[] = [];
      for (const text of texts) outcomes.push(...(await this.#post([text])));
      return outcomes;
    }
  }
}

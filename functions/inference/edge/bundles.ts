import { readFileSync } from 'node:fs';
import { openBundle, sha256Of } from '#core/bundle/manifest.ts';
import { AppError } from '#core/errors.ts';
import { errorFields, logLine } from '../host.ts';
import { type Active, type ActiveOptions, activate } from './active.ts';
import type { BundleStore } from './bundle-store.ts';
import { type Cloud, download } from './cloud.ts';
import type { Serving } from './serving.ts';

export interface BundlesOptions {
  readonly store: BundleStore;
  readonly serving: Serving;
  readonly keys: readonly string[];
  /** The only one whose bundles are taken, where it is named. */
  readonly endpoint: string | undefined;
  readonly active: ActiveOptions;
  readonly log: (line: string) => void;
}

/** Which bundle is served: it begins with the kept one, and returns to it where another fails. */
export class Bundles {
  readonly #options: BundlesOptions;
  /** Bundles that were refused, since this process began. */
  refusals = 0;
  #polling: Promise<void> | undefined;

  constructor(options: BundlesOptions) {
    this.#options = options;
  }

  /** Serves the bundle that was served last, or the one before, or the one that is given. */
  async start(given: string | undefined): Promise<void> {
    const { store } = this.#options;
    for (const name of store.kept) {
      const archive = store.read(name);
      if (archive && (await this.#take(archive))) break;
      store.forget(name);
    }
    if (given === undefined) return;
    await this.#giving(given);
  }

  /** A newer one than what is kept: an image that is started again must not go back. */
  async #giving(given: string): Promise<void> {
    const serving = this.#options.serving.active?.endpoint.revision ?? 0;
    try {
      const archive = /^https?:/.test(given) ? await fetchAll(given) : readFileSync(given);
      const { manifest } = openBundle(archive, this.#options.keys);
      if (manifest.revision > serving) await this.#take(archive);
    } catch (error) {
      this.#log('error', `${given} cannot be used`, error);
    }
  }

  /** Asks for the bundle that this device is to run; never rejects. */
  poll(cloud: Cloud): Promise<void> {
    this.#polling ??= this.#poll(cloud)
      .catch((error: unknown) => this.#log('warn', 'no update could be fetched', error))
      .finally(() => {
        this.#polling = undefined;
      });
    return this.#polling;
  }

  async #poll(cloud: Cloud): Promise<void> {
    const { store, serving } = this.#options;
    const offer = await cloud.offer();
    if (!offer || offer.revision === serving.active?.endpoint.revision) return;
    if (store.whyRefused(offer.sha256) !== undefined) return;
    await this.#take(await download(offer));
  }

  /**
   * Verifies, loads and tests a bundle beside the one that is served, and serves it if all of that
   * holds; otherwise nothing changes.
   * @returns whether it is served now
   */
  async #take(archive: Uint8Array): Promise<boolean> {
    const { store, serving } = this.#options;
    const digest = sha256Of(archive);
    if (store.whyRefused(digest) !== undefined) return false;
    try {
      const { active, file } = await this.#activate(archive);
      serving.replace(active);
      store.keep(file);
      const { name, revision } = active.endpoint;
      this.#options.log(logLine('info', `serving revision ${revision} of "${name}"`, {}));
      return true;
    } catch (error) {
      this.refusals++;
      // Whatever is no fault of the bundle's may be over at the next attempt.
      if (error instanceof AppError) store.refuse(digest, error.message);
      store.sweep();
      this.#log('error', 'a bundle was refused; what is served stays', error);
      return false;
    }
  }

  async #activate(archive: Uint8Array): Promise<{ active: Active; file: string }> {
    const { keys, endpoint, store, active } = this.#options;
    const bundle = openBundle(archive, keys);
    const { manifest } = bundle;
    if (endpoint !== undefined && manifest.endpoint !== endpoint) {
      throw new AppError('unprocessable', `it is of "${manifest.endpoint}", not "${endpoint}"`);
    }
    const file = store.write(archive, manifest.revision);
    const place = { path: store.pathOf(file), bytes: archive };
    return { active: await activate(bundle, place, active), file };
  }

  #log(level: string, message: string, error: unknown): void {
    this.#options.log(logLine(level, message, errorFields(error)));
  }
}

async function fetchAll(url: string): Promise<Buffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.split('?')[0]} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

import { readFileSync } from 'node:fs';
import { openBundle, sha256Of } from '#core/bundle/manifest.ts';
import { AppError } from '#core/errors.ts';
import { errorFields, logLine } from '../host.ts';
import { type Active, type ActiveOptions, activate } from './active.ts';
import type { BundleStore } from './bundle-store.ts';
import { type Cloud, download, fetchArchive } from './cloud.ts';
import { SelfTestError } from './self-test.ts';
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
  /** What failed for another reason than its own answers: another process may take it. */
  readonly #failed = new Set<string>();
  /** Name of the file of what is served. */
  #served: string | undefined;
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
      // What failed by a key, a setting or memory may be served when that is mended.
      if (!archive || store.whyRefused(sha256Of(archive)) !== undefined) this.#forget(name);
    }
    if (given === undefined) return;
    await this.#giving(given);
  }

  /** A newer one than what is kept: an image that is started again must not go back. */
  async #giving(given: string): Promise<void> {
    const serving = this.#options.serving.active?.endpoint.revision ?? 0;
    try {
      const maxBytes = this.#options.active.memoryMb * 2 ** 20;
      const isUrl = /^https?:/.test(given);
      const archive = isUrl ? await fetchArchive(given, maxBytes) : readFileSync(given);
      const { manifest } = openBundle(archive, this.#options.keys);
      if (manifest.revision > serving) await this.#take(archive);
    } catch (error) {
      // What follows is a signature, where the address was signed.
      this.#log('error', `${given.split('?')[0]} cannot be used`, error);
    }
  }

  #forget(name: string): void {
    this.#options.log(logLine('warn', `${name} cannot be served any more`, {}));
    this.#note(() => this.#options.store.forget(name));
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
    if (store.whyRefused(offer.sha256) !== undefined || this.#failed.has(offer.sha256)) return;
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
    if (store.whyRefused(digest) !== undefined || this.#failed.has(digest)) return false;
    try {
      const { active, file } = await this.#activate(archive, digest);
      this.#keep(file, active);
      serving.replace(active);
      const { name, revision } = active.endpoint;
      this.#options.log(logLine('info', `serving revision ${revision} of "${name}"`, {}));
      return true;
    } catch (error) {
      this.refusals++;
      this.#log('error', 'a bundle was refused; what is served stays', error);
      this.#remember(digest, error);
      return false;
    } finally {
      this.#note(() => store.end());
    }
  }

  /** Any other failure than of ours or its own (a disk, a network) may be over in a minute. */
  #remember(digest: string, error: unknown): void {
    const { store } = this.#options;
    if (error instanceof AppError) this.#failed.add(digest);
    this.#note(() => {
      if (error instanceof SelfTestError) store.refuse(digest, error.message);
      store.sweep();
    });
  }

  /** First on disk: what is served must be there after a restart. */
  #keep(file: string, active: Active): void {
    const { store } = this.#options;
    try {
      if (!store.kept.includes(file) || this.#served !== undefined) store.keep(file, this.#served);
      this.#served = file;
    } catch (error) {
      active.close();
      throw error;
    }
  }

  /** A disk that takes nothing more must not keep a device from serving what is on it. */
  #note(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#log('warn', 'the state of bundles could not be written', error);
    }
  }

  async #activate(archive: Uint8Array, digest: string): Promise<{ active: Active; file: string }> {
    const { keys, endpoint, store, active } = this.#options;
    const bundle = openBundle(archive, keys);
    const { manifest } = bundle;
    if (endpoint !== undefined && manifest.endpoint !== endpoint) {
      throw new AppError('unprocessable', `it is of "${manifest.endpoint}", not "${endpoint}"`);
    }
    const file = store.write(archive, manifest.revision);
    this.#note(() => store.begin(digest));
    const place = { path: store.pathOf(file), bytes: archive };
    return { active: await activate(bundle, place, active), file };
  }

  #log(level: string, message: string, error: unknown): void {
    this.#options.log(logLine(level, message, errorFields(error)));
  }
}

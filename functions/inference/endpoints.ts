import { AppError } from '#core/errors.ts';
import type { ServingEndpoint } from '#slices/deployments';

export interface EndpointSource {
  /** Undefined where there is no such endpoint. */
  readonly fetchEndpoint: (name: string) => Promise<ServingEndpoint | undefined>;
  /** Loads what the endpoint serves. */
  readonly load: (endpoint: ServingEndpoint) => Promise<void>;
  /** Whether everything that gets traffic is in memory. */
  readonly isLoaded: (endpoint: ServingEndpoint) => boolean;
  /** Whether anything that gets traffic is. */
  readonly canAnswer: (endpoint: ServingEndpoint) => boolean;
  readonly now: () => number;
  readonly warn: (message: string, cause: unknown) => void;
  readonly times: EndpointTimes;
}

/** All in milliseconds. */
export interface EndpointTimes {
  /** Up to this age a record is used as it is; older, it is used and refreshed meanwhile. */
  readonly soft: number;
  /** Beyond this age a request waits for the refresh: the function may have been frozen. */
  readonly hard: number;
  /** How long it is remembered that an endpoint does not exist. */
  readonly unknown: number;
  /** How long a replaced version answers at most while the new one is being loaded. */
  readonly replace: number;
}

export const DEFAULT_TIMES: EndpointTimes = {
  soft: 5_000,
  hard: 15_000,
  unknown: 1_500,
  replace: 30_000,
};

const MAX_ENDPOINTS = 1_000;
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

interface Entry {
  /** What requests get; undefined: there is no such endpoint. */
  serving: ServingEndpoint | undefined;
  checkedAt: number;
  refreshing: Promise<void> | undefined;
  /** When the record was first seen that `serving` is still to be replaced by. */
  replacedSince: number | undefined;
}

/**
 * Endpoint records, kept so that a warm request does no network call, and kept in use when
 * storage does not answer and the model is loaded.
 */
export class Endpoints {
  readonly #source: EndpointSource;
  readonly #entries = new Map<string, Entry>();
  readonly #first = new Map<string, Promise<Entry>>();

  constructor(source: EndpointSource) {
    this.#source = source;
  }

  /** The record without waiting; undefined where it has to be waited for, with `wait`. */
  peek(name: string): ServingEndpoint | undefined {
    const entry = this.#entries.get(name);
    if (entry?.serving === undefined) return undefined;
    const age = this.#source.now() - entry.checkedAt;
    if (age < this.#source.times.soft) return entry.serving;
    if (age >= this.#source.times.hard) return undefined;
    this.#refresh(name, entry).catch(() => {});
    return entry.serving;
  }

  /** Throws an AppError: there is no such endpoint, or storage does not answer. */
  async wait(name: string): Promise<ServingEndpoint> {
    if (!NAME.test(name)) throw unknownEndpoint(name);
    const entry = this.#entries.get(name) ?? (await this.#fetchFirst(name));
    const age = this.#source.now() - entry.checkedAt;
    const { hard, unknown } = this.#source.times;
    if (age >= (entry.serving ? hard : unknown)) await this.#refreshOrKeep(name, entry);
    if (!entry.serving) throw unknownEndpoint(name);
    return entry.serving;
  }

  #fetchFirst(name: string): Promise<Entry> {
    const running = this.#first.get(name);
    if (running) return running;
    const started = this.#source
      .fetchEndpoint(name)
      .then((serving) => {
        const entry: Entry = {
          serving,
          checkedAt: this.#source.now(),
          refreshing: undefined,
          replacedSince: undefined,
        };
        this.#remember(name, entry);
        return entry;
      })
      .finally(() => this.#first.delete(name));
    this.#first.set(name, started);
    return started;
  }

  /** The oldest goes when there are too many: names are free for anyone to make up. */
  #remember(name: string, entry: Entry): void {
    this.#entries.set(name, entry);
    if (this.#entries.size <= MAX_ENDPOINTS) return;
    const [oldest] = this.#entries.keys();
    this.#entries.delete(oldest as string);
  }

  async #refreshOrKeep(name: string, entry: Entry): Promise<void> {
    try {
      await this.#refresh(name, entry);
    } catch (error) {
      if (!entry.serving || !this.#source.canAnswer(entry.serving)) throw error;
    }
  }

  #refresh(name: string, entry: Entry): Promise<void> {
    entry.refreshing ??= this.#source
      .fetchEndpoint(name)
      .then((fresh) => this.#arrived(entry, fresh))
      .catch((error: unknown) => {
        // An outage must not make every request wait: the next ones refresh in the background.
        const { now, times } = this.#source;
        entry.checkedAt = Math.max(entry.checkedAt, now() - times.soft);
        this.#source.warn(`the endpoint "${name}" could not be refreshed`, error);
        throw error;
      })
      .finally(() => {
        entry.refreshing = undefined;
      });
    return entry.refreshing;
  }

  #arrived(entry: Entry, fresh: ServingEndpoint | undefined): void {
    const now = this.#source.now();
    entry.checkedAt = now;
    const old = entry.serving;
    // The same record object is kept: what is derived from it stays valid.
    if (old && fresh?.revision === old.revision && fresh.updatedAt === old.updatedAt) return;
    entry.replacedSince ??= now;
    const overdue = now - entry.replacedSince >= this.#source.times.replace;
    if (!old || !fresh || overdue || !this.#source.canAnswer(old)) this.#switch(entry, fresh);
    else if (this.#source.isLoaded(fresh)) this.#switch(entry, fresh);
    else this.#loadThenSwitch(entry, old, fresh);
  }

  #switch(entry: Entry, fresh: ServingEndpoint | undefined): void {
    entry.serving = fresh;
    entry.replacedSince = undefined;
  }

  /**
   * The old version answers meanwhile; if loading fails, the next refresh tries again. For an outage
   * it goes on answering, for a model that cannot be loaded at all only so long.
   */
  #loadThenSwitch(entry: Entry, old: ServingEndpoint, fresh: ServingEndpoint): void {
    this.#source
      .load(fresh)
      .then(() => {
        if (entry.serving === old) this.#switch(entry, fresh);
      })
      .catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'unavailable') {
          entry.replacedSince = this.#source.now();
        }
        this.#source.warn(`revision ${fresh.revision} of "${fresh.name}" cannot be loaded`, error);
      });
  }
}

const unknownEndpoint = (name: string) =>
  new AppError(
    'not-found',
    `there is no endpoint "${name.slice(0, 63)}": deploy a version with PUT /api/v1/endpoints/{name}`,
  );

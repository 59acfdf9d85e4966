import { AppError } from '#core/errors.ts';

/** What one request has in memory, until it is answered. */
export interface Hold {
  /** @throws AppError `unavailable` where others have the room */
  take(bytes: number): void;
  end(): void;
}

/** Room for requests that are in memory at a time, over HTTP and gRPC together. */
export class Room {
  readonly #most: number;
  #taken = 0;
  #refusals = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Requests that found none. */
  get refusals(): number {
    return this.#refusals;
  }

  hold(): Hold {
    let held = 0;
    return {
      take: (bytes) => {
        if (this.#taken + bytes > this.#most) {
          this.#refusals++;
          throw new AppError('unavailable', 'other requests fill the memory: send it again');
        }
        this.#taken += bytes;
        held += bytes;
      },
      end: () => {
        this.#taken -= held;
        held = 0;
      },
    };
  }
}

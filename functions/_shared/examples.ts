/** A request of an operation as somebody might send it, and what comes back. */
export interface Example {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Body of the usual answer; absent where there is none. */
  readonly answer?: unknown;
  /** Body of the other successful answer. */
  readonly or?: unknown;
}

/** Examples by the name of their operation. */
export type Examples = Readonly<Record<string, Example>>;

/** An answer that says no: a problem (RFC 9457), an error of the protocol, or the gateway's. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** What was wrong, and the way out. */
  readonly detail: string;
  /** Such as `urn:skiff:problem:conflict`. */
  readonly type: string | undefined;
  /** Each field that was refused. */
  readonly fields: readonly { readonly field: string; readonly message: string }[];
  /** Quote it when you ask for help. */
  readonly requestId: string | undefined;

  constructor(operation: string, { status, headers, body }: ErrorAnswer) {
    const said = asObject(body);
    const detail = String(said.detail ?? said.error ?? said.message ?? 'no reason given');
    super(`${operation}: ${status} ${detail}`);
    this.status = status;
    this.detail = detail;
    this.type = said.type as string | undefined;
    this.fields = (said.errors as ApiError['fields'] | undefined) ?? [];
    this.requestId = headers.get('x-request-id') ?? undefined;
  }
}

interface ErrorAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

const asObject = (body: unknown): Record<string, unknown> =>
  typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};

/** The API could not be reached, or stopped in the middle of an answer. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

/** Where an API is and who calls it. */
export interface Api {
  readonly apiUrl: string;
  readonly token: string;
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** One call as any client makes it; an error answer is returned, not thrown. */
export async function request<T = Record<string, unknown>>(
  { apiUrl, token }: Api,
  method: string,
  path: string,
  options: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer<T>> {
  const response = await fetch(`${apiUrl.replace(/\/$/, '')}${path}`, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(options.body !== undefined && { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parse(text) as T };
}

/** As `request`; throws what the API said where it refused. */
export async function call<T = Record<string, unknown>>(
  api: Api,
  method: string,
  path: string,
  options: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<T> {
  const { status, body } = await request<T & { detail?: string; error?: string }>(
    api,
    method,
    path,
    options,
  );
  if (status < 400) return body;
  throw new Error(`${method} ${path}: ${status} ${body.detail ?? body.error ?? ''}`);
}

/** Announces a file, PUTs it and answers the upload's id. */
export async function upload(api: Api, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  const announced = await call<{ uploadId: string; url: string; headers: Record<string, string> }>(
    api,
    'POST',
    '/api/v1/uploads',
    { body: { sizeBytes: bytes.length, sha256: Buffer.from(digest).toString('hex') } },
  );
  const { 'content-length': _, ...headers } = announced.headers;
  const response = await fetch(announced.url, { method: 'PUT', headers, body: bytes });
  if (!response.ok)
    throw new Error(`PUT of the upload: ${response.status} ${await response.text()}`);
  return announced.uploadId;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

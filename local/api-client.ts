import { type Client, createClient, type HttpAnswer, uploadFile } from '#client';

/** Where an API is and who calls it. */
export interface Api {
  readonly apiUrl: string;
  readonly token: string;
}

export const clientOf = ({ apiUrl, token }: Api): Client => createClient({ url: apiUrl, token });

type Options = Parameters<Client['raw']>[2];

/** One attempt at any path; an error answer is returned, not thrown. */
export const request = <T = Record<string, unknown>>(
  api: Api,
  method: string,
  path: string,
  options?: Options,
): Promise<HttpAnswer<T>> => clientOf(api).raw<T>(method, path, options);

/** As `request`; throws what the API said where it refused. */
export async function call<T = Record<string, unknown>>(
  api: Api,
  method: string,
  path: string,
  options?: Options,
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
export const upload = async (api: Api, bytes: Uint8Array): Promise<string> =>
  (await uploadFile(clientOf(api), bytes)).uploadId;

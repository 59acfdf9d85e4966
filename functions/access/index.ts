import type { Table } from '#shared/dynamo.ts';
import type { NewToken } from './schema.ts';
import { putToken } from './store.ts';
import { mintToken } from './tokens.ts';

export { NewToken } from './schema.ts';

/** Makes and stores an API token. The text is returned once and cannot be read again. */
export async function createToken(
  wanted: NewToken,
  to: Table,
): Promise<{ id: string; token: string }> {
  const { token, record } = mintToken(wanted);
  await putToken(record, to);
  return { id: record.id, token };
}

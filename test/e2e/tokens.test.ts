import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { keys } from '#shared/keys.ts';
import { request } from '../../local/api-client.ts';
import { localCredentials } from '../../local/settings.ts';
import { stack, unique } from '../helpers/stack.ts';

const root = new URL('../../', import.meta.url).pathname;

/** The command that a deployer is told to run, with credentials of the account. */
async function createToken(...options: string[]): Promise<string> {
  const env = { PATH: process.env.PATH, ...localCredentials(stack().awsEndpointUrl) };
  const args = [join(root, 'local/create-token.ts'), ...options];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env });
  return stdout.trim();
}

const ask = (token: string, method: string, path: string, body?: object) =>
  request<any>({ apiUrl: stack().apiUrl, token }, method, path, { ...(body && { body }) });

describe('a token that a deployer makes', () => {
  const name = unique('ci');
  let token: string;
  beforeAll(async () => {
    token = await createToken('--name', name, '--scopes', 'read,register');
  });

  it('is let in, as far as its scopes go, and stands in the audit log by its name', async () => {
    const model = { name: unique('tokens'), task: 'binary' };
    expect((await ask(token, 'POST', '/api/v1/models', model)).status).toBe(201);
    const path = `/api/v1/audit?resource=${encodeURIComponent(`model/${model.name}`)}`;
    expect((await ask(token, 'GET', path)).body.items[0].actor).toBe(name);
    const variants = [{ model: model.name, version: 1 }];
    const deployed = await ask(token, 'PUT', `/api/v1/endpoints/${model.name}`, { variants });
    expect([deployed.status, deployed.body.detail]).toEqual([
      403,
      expect.stringContaining('deploy'),
    ]);
    expect((await ask(token, 'POST', '/v2/models/any/infer', {})).status).toBe(403);
  });

  it('is stored as a hash alone', async () => {
    const [, id, secret] = /^skiff_(\w{26})_(.{43})$/.exec(token) as unknown as string[];
    const { awsEndpointUrl: endpoint, region, table: TableName } = stack();
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const client = new DynamoDBClient({ endpoint, region, credentials });
    const { Item } = await DynamoDBDocumentClient.from(client).send(
      new GetCommand({ TableName, Key: keys.token(id as string) }),
    );
    expect(Item).toMatchObject({ name, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(JSON.stringify(Item)).not.toContain(secret);
  });

  it.each([
    ['with one character changed', () => token.slice(0, -2) + (token.at(-2) === 'A' ? 'BA' : 'AA')],
    ['of nobody', () => `skiff_${'0'.repeat(26)}_${'a'.repeat(43)}`],
  ])('is not let in %s', async (_, made) => {
    expect([401, 403]).toContain((await ask(made(), 'GET', '/api/v1/models')).status);
  });

  it('needs a name, scopes that there are, and a stack', async () => {
    const refusal = (...options: string[]) => createToken(...options).catch(({ stderr }) => stderr);
    expect(await refusal()).toContain('--name is missing');
    expect(await refusal('--name', 'x', '--scopes', 'everything')).toContain('scopes[0]');
    expect(await refusal('--name', 'x', '--stack', 'Nothing')).toContain('Nothing');
  });
});

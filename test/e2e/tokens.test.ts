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

  it('may be limited to a workspace of MLflow, and is refused all else', async () => {
    const mine = unique('team');
    const options = ['--name', mine, '--scopes', 'read,register', '--workspaces', `${mine},lab-*`];
    const limited = await createToken(...options);
    const MLFLOW = '/api/2.0/mlflow';
    const create = (space: string) =>
      ask(limited, 'POST', `${space}${MLFLOW}/runs/create`, { experiment_id: '0' });
    const { status, body } = await create(`/${mine}`);
    expect(status).toBe(200);
    expect((await create('/lab-1')).status).toBe(200);
    const { run_id, artifact_uri } = body.run.info;
    const files = `/api/2.0/mlflow-artifacts/artifacts`;
    const path = artifact_uri.replace(/^mlflow-artifacts:(\/\/[^/]+)?/, '');
    const calls = [
      ['GET', `${MLFLOW}/runs/get?run_id=${run_id}`],
      ['POST', `${MLFLOW}/runs/search`, { experiment_ids: ['0'], filter: `run_id = '${run_id}'` }],
      ['POST', `${MLFLOW}/runs/log-batch`, { run_id, params: [{ key: 'a', value: '1' }] }],
      ['POST', `${MLFLOW}/logged-models`, { experiment_id: '0', source_run_id: run_id }],
      ['GET', `${MLFLOW}/artifacts/list?run_id=${run_id}`],
      ['PUT', `${files}${path}/a.json`, { a: 1 }],
      ['GET', `${files}${path}/a.json`],
      ['GET', `/api/2.0/mlflow-artifacts/presigned${path}/a.json`],
    ] as const;
    for (const [method, at, sent] of calls) {
      const own = await ask(limited, method, `/${mine}${at}`, sent);
      expect([at, own.status]).toEqual([at, 200]);
      for (const space of ['', '/other']) {
        const { status, body } = await ask(limited, method, space + at, sent);
        expect([at, status, body.error_code]).toEqual([at, 403, 'PERMISSION_DENIED']);
      }
    }
    expect((await ask(limited, 'GET', '/api/v1/models?limit=1')).body.items).toEqual([]);
  });

  it('needs a name, scopes that there are, and a stack', async () => {
    const refusal = (...options: string[]) => createToken(...options).catch(({ stderr }) => stderr);
    expect(await refusal()).toContain('--name is missing');
    expect(await refusal('--name', 'x', '--scopes', 'everything')).toContain('scopes[0]');
    expect(await refusal('--name', 'x', '--stack', 'Nothing')).toContain('Nothing');
  });
});

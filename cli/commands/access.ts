import { createInterface } from 'node:readline/promises';
import { text as readAll } from 'node:stream/consumers';
import { ApiError, createClient } from '#client';
import { argument, commands, flag, limit, string, take } from '../arguments.ts';
import { type Invocation, Problem } from '../command.ts';
import { type Credentials, forget, localCredentials, save } from '../credentials.ts';
import { facts, status, table, time } from '../output.ts';

export const access = commands([
  {
    name: 'login',
    summary: 'Remember a deployment and a token for it',
    arguments: [],
    options: {
      url: string('where the API is (default: SKIFF_URL)', '<url>'),
      local: flag('the local AWS that npm start or the demo has started'),
    },
    details:
      'The token is taken from SKIFF_TOKEN, from a pipe, or asked for without showing it. Both are kept in\n$XDG_CONFIG_HOME/skiff/credentials.json (~/.config), which only you can read.',
    examples: [
      'skiff login --local',
      'skiff login --url https://abc.execute-api.eu-central-1.amazonaws.com',
      'npm run -s create-token -- --name ci | skiff login --url "$SKIFF_URL"',
    ],
    async run(invocation) {
      const credentials = invocation.flag('local') ? localCredentials() : await asked(invocation);
      await check(credentials, invocation.signal);
      const file = save(credentials);
      invocation.out.result(
        { url: credentials.url, file },
        () => `${credentials.url}: saved in ${file}`,
      );
    },
  },
  {
    name: 'logout',
    summary: 'Forget what login has saved; the token itself stays valid',
    arguments: [],
    examples: ['skiff logout'],
    async run({ out }) {
      const was = forget();
      out.result({ forgotten: was }, () => (was ? 'forgotten' : 'there was nothing to forget'));
    },
  },
  {
    name: 'tokens list',
    summary: 'API tokens, newest first',
    arguments: [],
    options: { limit },
    examples: ['skiff tokens list'],
    async run(invocation) {
      const { out } = invocation;
      const tokens = await take(invocation, invocation.client().pages('GET /api/v1/tokens'));
      out.result(tokens, () =>
        table(
          out,
          ['id', 'name', 'status', 'scopes', 'created', 'last used'],
          tokens.map((t) => [
            t.id,
            t.name,
            status(out, t.status),
            t.scopes.join(','),
            time(t.createdAt),
            t.lastUsedAt ? time(t.lastUsedAt) : '',
          ]),
        ),
      );
    },
  },
  {
    name: 'tokens create',
    summary: 'Make a token; its text is shown this once',
    arguments: ['<name>'],
    options: {
      scope: string('what it may do; may be given several times', '<scope>', { multiple: true }),
      model: string('limits it to a model, or "team-*"', '<model>', { multiple: true }),
      endpoint: string('limits it to an endpoint, or "shop-*"', '<endpoint>', { multiple: true }),
      workspace: string('limits it to a workspace of MLflow', '<workspace>', { multiple: true }),
      expires: string('when it ends (default: never)', '<time>'),
    },
    details: 'Scopes: read, register, validate, deploy, predict, feedback, device, admin.',
    examples: [
      'skiff tokens create website --scope predict --endpoint churn --expires 2027-01-01T00:00:00Z',
      'skiff tokens create team-a --scope read --scope register --workspace team-a',
    ],
    async run(invocation) {
      const { out } = invocation;
      const [models, endpoints, workspaces] = ['model', 'endpoint', 'workspace'].map((name) =>
        invocation.texts(name),
      ) as [string[], string[], string[]];
      const expires = invocation.text('expires');
      const made = await invocation.client().call('POST /api/v1/tokens', {
        body: {
          name: argument(invocation, 0),
          // The API says which scopes there are.
          scopes: invocation.texts('scope') as 'read'[],
          ...(models.length > 0 && { models }),
          ...(endpoints.length > 0 && { endpoints }),
          ...(workspaces.length > 0 && { workspaces }),
          ...(expires && { expires }),
        },
      });
      out.result(made, () => made.token);
      if (!out.isJson) out.note('it is shown this once, and kept nowhere');
    },
  },
  {
    name: 'tokens revoke',
    summary: 'End a token for good',
    arguments: ['<id>'],
    examples: ['skiff tokens revoke 01KB1ZD8N0Q3R6S9T2V5W8X1Y4'],
    async run(invocation) {
      const token = argument(invocation, 0);
      await invocation.client().call('DELETE /api/v1/tokens/{token}', { params: { token } });
      invocation.out.result({ revoked: token }, () => `${token} is revoked`);
    },
  },
  {
    name: 'tokens show',
    summary: 'Whose a token is, for what, until when',
    arguments: ['<id>'],
    examples: ['skiff tokens show 01KB1ZD8N0Q3R6S9T2V5W8X1Y4'],
    async run(invocation) {
      const { out } = invocation;
      const params = { token: argument(invocation, 0) };
      const t = await invocation.client().call('GET /api/v1/tokens/{token}', { params });
      out.result(t, () =>
        facts(out, [
          ['name', t.name],
          ['status', status(out, t.status)],
          ['scopes', t.scopes.join(', ')],
          ['models', t.models?.join(', ')],
          ['endpoints', t.endpoints?.join(', ')],
          ['workspaces', t.workspaces?.join(', ')],
          ['expires', t.expires && time(t.expires)],
          ['created', `${time(t.createdAt)} by ${t.createdBy}`],
          ['last used', t.lastUsedAt && time(t.lastUsedAt)],
        ]),
      );
    },
  },
]);

async function asked(invocation: Invocation): Promise<Credentials> {
  const url = invocation.text('url') ?? process.env.SKIFF_URL;
  if (!url) throw new Problem('--url is missing, and SKIFF_URL is not set');
  if (!/^https?:\/\//.test(url)) throw new Problem(`"${url}" is no URL: it begins with https://`);
  const token = (process.env.SKIFF_TOKEN || (await readToken())).trim();
  if (!token) throw new Problem('no token was given');
  return { url, token };
}

/** From a pipe, or typed without an echo. */
async function readToken(): Promise<string> {
  if (!process.stdin.isTTY) return readAll(process.stdin);
  process.stderr.write('token: ');
  const lines = createInterface({ input: process.stdin, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

/** One call, so that a wrong token is found now and not later. */
async function check({ url, token }: Credentials, signal: AbortSignal): Promise<void> {
  try {
    await createClient({ url, token, retries: 1 }).call('GET /api/v1/models', {
      query: { limit: 1 },
      signal,
    });
  } catch (error) {
    // A token that may do other things than read is a token.
    const isNone = error instanceof ApiError && /Forbidden$|no reason given$/.test(error.message);
    if (error instanceof ApiError && error.status === 403 && !isNone) return;
    if (error instanceof ApiError && [401, 403].includes(error.status)) {
      throw new Problem(`${url} does not accept this token`);
    }
    throw error;
  }
}

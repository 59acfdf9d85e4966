import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Problem } from './command.ts';

/** Where the API is, and a token for it. */
export interface Credentials {
  readonly url: string;
  readonly token: string;
}

/** Where `npm start` and the demo leave the URL and the token of the local AWS. */
const LOCAL_INFO = join(import.meta.dirname, '../.skiff/local.json');

export const credentialsFile = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'skiff', 'credentials.json');

/**
 * From SKIFF_URL and SKIFF_TOKEN, else from the file that `skiff login` wrote.
 *
 * @throws Problem where there are none
 */
export function findCredentials(env: NodeJS.ProcessEnv = process.env): Credentials {
  const saved = readSaved(env);
  const url = env.SKIFF_URL || saved?.url;
  // A token is for the deployment that gave it, and never sent to another.
  const token = env.SKIFF_TOKEN || (url === saved?.url ? saved?.token : undefined);
  if (url && token) return { url, token };
  if (url) throw new Problem(`there is no token for ${url}: set SKIFF_TOKEN, or run skiff login`);
  throw new Problem(
    'it is not known which deployment to talk to: run skiff login (or skiff login --local after npm start), or set SKIFF_URL and SKIFF_TOKEN',
  );
}

/** @throws Problem where no local AWS has been started here */
export function localCredentials(): Credentials {
  if (!existsSync(LOCAL_INFO)) {
    throw new Problem('no local AWS has been started here: run npm start or npm run demo first');
  }
  const { apiUrl, token } = JSON.parse(readFileSync(LOCAL_INFO, 'utf8'));
  return { url: apiUrl, token };
}

/** Keeps them for this user's eyes only. */
export function save(credentials: Credentials, env: NodeJS.ProcessEnv = process.env): string {
  const file = credentialsFile(env);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Written beside and moved, so that no other mode or half a file is ever there.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, file);
  return file;
}

/** Whether there was anything to forget. */
export function forget(env: NodeJS.ProcessEnv = process.env): boolean {
  const file = credentialsFile(env);
  const was = existsSync(file);
  rmSync(file, { force: true });
  return was;
}

function readSaved(env: NodeJS.ProcessEnv): Credentials | undefined {
  const file = credentialsFile(env);
  if (!existsSync(file)) return undefined;
  try {
    const { url, token } = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof url === 'string' && typeof token === 'string') return { url, token };
  } catch {
    // As a file that holds something else.
  }
  throw new Problem(`${file} cannot be read: run skiff login again`);
}

import { useId, useState } from 'preact/hooks';
import { ApiError, callMlflow } from '../api/client.ts';
import { signIn, wasRefused } from '../api/session.ts';
import { Sail } from './header.tsx';
import { useHere } from './place-context.tsx';

const REFUSED = 'The token was not accepted: it is wrong, expired or revoked.';

/** Where there is no token. The address stays, so that one goes on where one wanted to go. */
export function SignIn() {
  const { workspace } = useHere();
  const [given, setGiven] = useState('');
  const [problem, setProblem] = useState(wasRefused() ? REFUSED : '');
  const [busy, setBusy] = useState(false);
  const id = useId();
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(await problemWith(given.trim(), workspace));
    setBusy(false);
  };
  return (
    <main class="sign-in">
      <p class="brand">
        <Sail />
        Skiff
      </p>
      <h1>Sign in</h1>
      <form onSubmit={(event) => void submit(event)}>
        <label for={id}>Token</label>
        <input
          id={id}
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          value={given}
          aria-invalid={problem !== ''}
          aria-describedby={`${id}-note`}
          onInput={({ currentTarget }) => setGiven(currentTarget.value)}
        />
        <p role="alert" class="problem">
          {problem}
        </p>
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Signing in …' : 'Sign in'}
        </button>
        <p id={`${id}-note`} class="note">
          Any token with the scope “read”. It stays in this tab until the tab is closed, and is sent
          to this host only. <code>npm start</code> and <code>npm run demo</code> print one.
        </p>
      </form>
    </main>
  );
}

/** Tries the token before it is kept: any answer but 401 shows that it is one. */
async function problemWith(token: string, workspace: string): Promise<string> {
  if (!/^[\x21-\x7e]+$/.test(token)) return 'A token has no spaces in it.';
  try {
    const query = { max_results: 1 };
    const headers = { authorization: `Bearer ${token}` };
    await callMlflow(workspace, 'experiments/search', { query, headers });
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return REFUSED;
    if (error instanceof ApiError && error.status === 0) return error.message;
  }
  signIn(token);
  return '';
}

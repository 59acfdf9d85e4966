import { useId, useRef, useState } from 'preact/hooks';
import { DEFAULT_WORKSPACE } from '#core/tracking/workspace.ts';
import { Menu } from '../components/menu.tsx';
import { hashOf, isWorkspace } from '../lib/place.ts';
import { useHere } from './place-context.tsx';

const KEY = 'skiff-workspaces';

/** Those that this tab has seen: the API has no list of them. */
function known(): string[] {
  const stored = sessionStorage.getItem(KEY)?.split(' ') ?? [];
  return [...new Set([DEFAULT_WORKSPACE, ...stored])].filter(isWorkspace);
}

export function WorkspaceChooser() {
  const { workspace, segments, go } = useHere();
  const [name, setName] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  sessionStorage.setItem(KEY, [...new Set([...known(), workspace])].join(' '));
  const choose = (chosen: string) => go(hashOf(chosen, segments.slice(0, 1)));
  const submit = (event: Event) => {
    event.preventDefault();
    if (!isWorkspace(name)) {
      input.current?.setCustomValidity('Use a-z, 0-9 and "-", up to 63 characters');
      input.current?.reportValidity();
      return;
    }
    setName('');
    choose(name);
  };
  return (
    <Menu label={workspace} title="Workspace" align="end">
      {(close) => (
        <>
          <ul class="choices">
            {known().map((one) => (
              <li key={one}>
                <button
                  type="button"
                  aria-pressed={one === workspace}
                  onClick={() => {
                    close();
                    choose(one);
                  }}
                >
                  {one}
                </button>
              </li>
            ))}
          </ul>
          <form class="row" onSubmit={submit}>
            <label for={id} class="unseen">
              Another workspace
            </label>
            <input
              id={id}
              ref={input}
              value={name}
              placeholder="another workspace"
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              required
              onInput={({ currentTarget }) => {
                currentTarget.setCustomValidity('');
                setName(currentTarget.value);
              }}
            />
            <button type="submit">Go</button>
          </form>
        </>
      )}
    </Menu>
  );
}

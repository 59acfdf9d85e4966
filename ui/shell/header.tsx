import { signOut } from '../api/session.ts';
import { NAVIGATION } from '../pages/index.ts';
import { useHere } from './place-context.tsx';
import { WorkspaceChooser } from './workspace.tsx';

export function Header() {
  const { segments, to } = useHere();
  return (
    <header class="bar">
      <a class="brand" href={to(['experiments'])}>
        <Sail />
        Skiff
      </a>
      <nav aria-label="Main">
        <ul>
          {NAVIGATION.map(([segment, name]) => (
            <li key={segment}>
              <a
                href={to([segment])}
                aria-current={segments[0] === segment ? (segments[1] ? 'true' : 'page') : undefined}
              >
                {name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="tools">
        <WorkspaceChooser />
        <button type="button" class="quiet" onClick={() => signOut()}>
          Sign out
        </button>
      </div>
    </header>
  );
}

export const Sail = () => (
  <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
    <path class="hull" d="M15 3v18H4zM3 23h26l-4 6H7z" />
    <path class="jib" d="M18 8v13h9z" />
  </svg>
);

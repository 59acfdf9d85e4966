import { useEffect, useState } from 'preact/hooks';
import { onSession, token } from '../api/session.ts';
import { matchPath } from '../lib/place.ts';
import { PAGES } from '../pages/index.ts';
import { Header } from './header.tsx';
import { Heading } from './heading.tsx';
import { PlaceProvider, useHere } from './place-context.tsx';
import { SignIn } from './sign-in.tsx';

export function App() {
  const [signedIn, setSignedIn] = useState(token() !== undefined);
  useEffect(() => onSession(() => setSignedIn(token() !== undefined)), []);
  return <PlaceProvider>{signedIn ? <Shell /> : <SignIn />}</PlaceProvider>;
}

function Shell() {
  // No link: the address after `#` is where the place is kept.
  const skip = () => document.querySelector('h1')?.focus();
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        Skip to the content
      </button>
      <Header />
      <main>
        <Current />
      </main>
    </>
  );
}

function Current() {
  const { workspace, segments } = useHere();
  for (const { path, view: View } of PAGES) {
    const params = matchPath(path, segments);
    // Another address is another page: nothing of the one before stays.
    if (params) return <View key={[workspace, ...segments].join('/')} params={params} />;
  }
  return <NotFound />;
}

function NotFound() {
  const { to } = useHere();
  return (
    <>
      <Heading title="There is no such page" />
      <p>
        <a href={to(['experiments'])}>All experiments</a>
      </p>
    </>
  );
}

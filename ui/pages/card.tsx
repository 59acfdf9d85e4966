import { cardPage } from '../api/skiff.ts';
import { ServerPage } from '../components/server-page.tsx';
import { Await } from '../components/states.tsx';
import { useLoad } from '../lib/use-load.ts';
import { Heading } from '../shell/heading.tsx';
import { useHere } from '../shell/place-context.tsx';
import type { PageProps } from './page.ts';

/** The model card, as `GET …/card` draws it. */
export function CardPage({ params: { model = '', version = '' } }: PageProps) {
  const { to } = useHere();
  const found = useLoad(`${model}/${version}`, (signal) => cardPage([model, version], signal));
  return (
    <>
      <Heading
        title="Model card"
        trail={[
          { name: 'Models', href: to(['models']) },
          { name: model, href: to(['models', model]) },
          { name: `Version ${version}`, href: to(['models', model, 'versions', version]) },
        ]}
      />
      <Await of={found} what="the card">
        {(html) => <ServerPage title={`Model card of ${model}, version ${version}`} html={html} />}
      </Await>
    </>
  );
}

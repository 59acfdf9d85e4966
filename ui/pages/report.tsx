import { reportPage } from '../api/skiff.ts';
import { ServerPage } from '../components/server-page.tsx';
import { Await } from '../components/states.tsx';
import { useLoad } from '../lib/use-load.ts';
import { Heading } from '../shell/heading.tsx';
import { useHere } from '../shell/place-context.tsx';
import type { PageProps } from './page.ts';

/** The report of a window, as `GET …/reports/{id}` draws it. */
export function ReportPage({ params: { endpoint = '', report = '' } }: PageProps) {
  const { to } = useHere();
  const found = useLoad(`${endpoint}/${report}`, (signal) => reportPage(endpoint, report, signal));
  return (
    <>
      <Heading
        title="Report"
        trail={[
          { name: 'Endpoints', href: to(['endpoints']) },
          { name: endpoint, href: to(['endpoints', endpoint]) },
        ]}
      />
      <Await of={found} what="the report">
        {(html) => <ServerPage title={`Report of ${endpoint}`} html={html} />}
      </Await>
    </>
  );
}

import type { Endpoint, Monitor, Traffic } from '../api/endpoint-types.ts';
import { getEndpoint, getMonitor, getTraffic, listRollouts } from '../api/skiff.ts';
import { Choice } from '../components/choice.tsx';
import { Facts } from '../components/facts.tsx';
import { Await } from '../components/states.tsx';
import { moment } from '../lib/format.ts';
import { SPANS, spanOf } from '../lib/traffic.ts';
import { useInterval } from '../lib/use-interval.ts';
import { useLoad } from '../lib/use-load.ts';
import { Heading } from '../shell/heading.tsx';
import { useHere } from '../shell/place-context.tsx';
import { Revisions } from './endpoint-revisions.tsx';
import { Rollouts } from './endpoint-rollouts.tsx';
import { TrafficCharts } from './endpoint-traffic.tsx';
import { Shadows, Variants } from './endpoint-variants.tsx';
import { Watch } from './endpoint-watch.tsx';
import type { PageProps } from './page.ts';

const EVERY_MS = 15_000;

/** An endpoint as it is now: who answers, how much, how well, and what is changing. */
export function EndpointPage({ params: { endpoint: name = '' } }: PageProps) {
  const { query, to, setQuery } = useHere();
  const span = SPANS.find(([one]) => one === query.span)?.[0] ?? SPANS[0][0];
  const found = useLoad(JSON.stringify([name, span]), async (signal) => {
    const asked = spanOf(span, Date.now());
    const [endpoint, traffic, monitor, rollouts] = await Promise.all([
      getEndpoint(name, signal),
      getTraffic(name, asked, signal),
      getMonitor(name, signal),
      listRollouts(name, { limit: 5 }, signal),
    ]);
    return { endpoint, traffic, step: asked.step, monitor, rollouts: rollouts.items };
  });
  useInterval(found.poll, EVERY_MS);
  return (
    <>
      <Heading title={name} trail={[{ name: 'Endpoints', href: to(['endpoints']) }]}>
        {found.data && <State monitor={found.data.monitor} traffic={found.data.traffic} />}
        {found.data?.rollouts.some(({ status }) => status === 'running') && (
          <span class="badge wait">rollout</span>
        )}
      </Heading>
      <Await of={found} what="the endpoint">
        {({ endpoint, traffic, step, monitor, rollouts }) => (
          <>
            <About endpoint={endpoint} />
            <section>
              <h2>Traffic</h2>
              <div class="controls">
                <Choice
                  label="Over"
                  value={span}
                  options={SPANS}
                  onChange={(chosen) => setQuery({ span: chosen === SPANS[0][0] ? '' : chosen })}
                />
              </div>
              <Variants endpoint={endpoint} traffic={traffic} />
              <Shadows shadows={endpoint.shadows} />
              <TrafficCharts traffic={traffic} step={step} />
            </section>
            <Watch endpoint={name} monitor={monitor} />
            <Rollouts rollouts={rollouts} />
            <Revisions endpoint={name} current={endpoint.revision} />
          </>
        )}
      </Await>
    </>
  );
}

/** What one looks for first: whether something rings. */
function State({ monitor, traffic }: { monitor: Monitor | undefined; traffic: Traffic }) {
  const failures = traffic.variants.reduce((sum, { serverErrors }) => sum + serverErrors, 0);
  return (
    <>
      {monitor?.raised.map((alarm) => (
        <span key={alarm} class="badge bad">
          {alarm}
        </span>
      ))}
      {monitor?.raised.length === 0 && <span class="badge good">no alarm</span>}
      {failures > 0 && <span class="badge bad">{failures} failed</span>}
    </>
  );
}

function About({ endpoint }: { endpoint: Endpoint }) {
  const { stickyUnit, strategy, capture, forced } = endpoint;
  const unit = stickyUnit.name ? `${stickyUnit.kind} ${stickyUnit.name}` : stickyUnit.kind;
  return (
    <>
      {endpoint.description && <p class="words">{endpoint.description}</p>}
      <Facts
        of={[
          ['Revision', endpoint.revision],
          ['Changed', moment(endpoint.updatedAt)],
          ['By', endpoint.updatedBy],
          ['Strategy', strategy.kind],
          ['Unit', unit],
          ['Kept of requests', `${Number((capture.share * 100).toFixed(2))} %`],
          ['Forced', forced && `${forced.actor}: ${forced.reason}`],
        ]}
      />
    </>
  );
}

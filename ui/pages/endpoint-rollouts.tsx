import type { Rollout } from '../api/endpoint-types.ts';
import { Facts } from '../components/facts.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { Table } from '../components/table.tsx';
import { duration, figure, moment } from '../lib/format.ts';
import { useHere } from '../shell/place-context.tsx';

const UNDER_WAY = new Set(['running', 'paused', 'held']);

/** The rollout that is under way in full, and how the last ones ended. */
export function Rollouts({ rollouts }: { rollouts: readonly Rollout[] }) {
  const { to } = useHere();
  if (rollouts.length === 0) return null;
  const [now] = rollouts.filter(({ status }) => UNDER_WAY.has(status));
  return (
    <section>
      <h2>Rollouts</h2>
      {now && <UnderWay rollout={now} />}
      <Table
        caption="The last rollouts"
        columns={[
          { id: 'at', title: 'Begun', cell: ({ createdAt }) => moment(createdAt) },
          { id: 'status', title: 'State', cell: ({ status }) => <StateBadge of={status} /> },
          {
            ...{ id: 'version', title: 'To' },
            cell: ({ model, version }) => (
              <a href={to(['models', model, 'versions', `${version}`])}>
                {model} {version}
              </a>
            ),
          },
          { id: 'strategy', title: 'Strategy', cell: ({ strategy }) => strategy.kind },
          {
            id: 'why',
            title: 'Why',
            cell: (rollout) => <span class="whole">{lastOf(rollout)}</span>,
          },
        ]}
        rows={rollouts}
        keyOf={({ id }) => id}
      />
    </section>
  );
}

const lastOf = ({ reason, decisions }: Rollout): string | undefined =>
  reason ?? decisions.at(-1)?.reason;

function UnderWay({ rollout }: { rollout: Rollout }) {
  const { steps, step, findings = [], requests, stepStartedAt } = rollout;
  return (
    <div class="under-way">
      <Facts
        of={[
          ['New variant', `${rollout.variant}: ${rollout.model} ${rollout.version}`],
          ['State', <StateBadge key="state" of={rollout.status} />],
          ['Step lasts', duration(rollout.bakeSeconds * 1000)],
          ['Since', stepStartedAt && moment(stepStartedAt)],
          ['Requests in this step', requests !== undefined && figure(requests)],
        ]}
      />
      <ol class="steps" aria-label="Steps">
        {steps.map((weight, i) => (
          <li
            key={weight}
            class={i < step ? 'done' : ''}
            aria-current={i === step ? 'step' : undefined}
          >
            {weight} %
          </li>
        ))}
      </ol>
      {findings.length > 0 && (
        <ul class="findings">
          {findings.map(({ criterion, outcome, message }) => (
            <li key={criterion}>
              <StateBadge of={outcome} /> {criterion}: {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

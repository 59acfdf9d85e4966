import { getValidation, listApprovals, listValidations, type VersionName } from '../api/skiff.ts';
import type { Approval, GateResult, Validation } from '../api/types.ts';
import { Facts } from '../components/facts.tsx';
import { StateBadge } from '../components/state-badge.tsx';
import { Await } from '../components/states.tsx';
import { type Column, Table } from '../components/table.tsx';
import { figure, moment } from '../lib/format.ts';
import { withInterval } from '../lib/interval.ts';
import { useLoad } from '../lib/use-load.ts';
import { useHere } from '../shell/place-context.tsx';
import { Checks } from './version-checks.tsx';

interface Props {
  readonly name: VersionName;
  /** Changes when there is something new to see. */
  readonly current: string;
}

/** What examinations of a version found: the newest, or the one that the address names. */
export function Examinations({ name, current }: Props) {
  const { query, setQuery } = useHere();
  const found = useLoad(JSON.stringify([name, current, query.validation]), async (signal) => {
    const [{ items }, approvals] = await Promise.all([
      listValidations(name, { limit: 20 }, signal),
      listApprovals(name, signal),
    ]);
    const id = query.validation ?? items[0]?.id;
    const shown = id === undefined ? undefined : await getValidation(name, id, signal);
    return { all: items, shown, approvals: approvals.items };
  });
  return (
    <section>
      <h2>Examination</h2>
      <Await of={found} what="examinations">
        {({ all, shown, approvals }) =>
          shown ? (
            <>
              <Verdict validation={shown} />
              {shown.gates && <Gates gates={shown.gates} />}
              <Checks checks={shown.checks} />
              <Decisions approvals={approvals} />
              {all.length > 1 && (
                <Earlier
                  all={all}
                  shown={shown.id}
                  onShow={(validation) => setQuery({ validation }, true)}
                />
              )}
            </>
          ) : (
            <p class="muted">This version was not examined.</p>
          )
        }
      </Await>
    </section>
  );
}

const Verdict = ({ validation }: { validation: Validation }) => (
  <>
    {validation.reason && <p class="words">{validation.reason}</p>}
    <Facts
      of={[
        ['Verdict', <StateBadge key="verdict" of={validation.status} />],
        ['Policy', `${validation.policy.name}, revision ${validation.policy.revision}`],
        ['Data', validation.dataset?.name],
        ['Compared with', validation.champion && `version ${validation.champion}`],
        ['Asked for', moment(validation.createdAt)],
        ['By', validation.requestedBy],
        ['Finished', validation.finishedAt && moment(validation.finishedAt)],
      ]}
    />
  </>
);

const GATES: readonly Column<GateResult>[] = [
  { id: 'metric', title: 'Gate', cell: ({ metric }) => metric },
  {
    ...{ id: 'outcome', title: 'Outcome' },
    cell: ({ outcome, blocks, severity }) => (
      <span class={`badge ${outcome === 'passed' ? 'good' : blocks ? 'bad' : 'wait'}`}>
        {outcome === 'failed' && severity === 'warn' ? 'warned' : outcome}
      </span>
    ),
  },
  {
    ...{ id: 'measured', title: 'Measured', numeric: true },
    cell: ({ measured, interval }) => withInterval(measured, interval),
  },
  {
    ...{ id: 'threshold', title: 'Asked', numeric: true },
    cell: ({ comparison, threshold }) =>
      threshold === null ? '–' : `${SIGNS[comparison] ?? comparison} ${figure(threshold)}`,
  },
  { id: 'message', title: 'In words', cell: ({ message }) => <span class="whole">{message}</span> },
];
const SIGNS: Readonly<Record<string, string>> = { '>=': '≥', '<=': '≤' };

const Gates = ({ gates }: { gates: readonly GateResult[] }) =>
  gates.length === 0 ? (
    <p class="note">The policy has no gates.</p>
  ) : (
    <Table
      caption="Gates"
      columns={GATES}
      rows={gates}
      keyOf={({ metric, comparison, severity }) => `${metric} ${comparison} ${severity}`}
    />
  );

const Decisions = ({ approvals }: { approvals: readonly Approval[] }) => (
  <>
    {approvals.map(({ id, decision, actor, at, reason }) => (
      <p key={id} class="words">
        <StateBadge of={decision} /> {actor}, {moment(at)}: {reason}
      </p>
    ))}
  </>
);

interface EarlierProps {
  readonly all: readonly Validation[];
  readonly shown: string;
  readonly onShow: (id: string) => void;
}

const Earlier = ({ all, shown, onShow }: EarlierProps) => (
  <details>
    <summary>All examinations ({all.length})</summary>
    <ul class="choices">
      {all.map(({ id, status, policy, createdAt }) => (
        <li key={id}>
          <button type="button" aria-pressed={id === shown} onClick={() => onShow(id)}>
            {moment(createdAt)} · {policy.name} · <StateBadge of={status} />
          </button>
        </li>
      ))}
    </ul>
  </details>
);

import type { Check } from '../api/types.ts';
import { StateBadge } from '../components/state-badge.tsx';
import { Table } from '../components/table.tsx';
import { withInterval } from '../lib/interval.ts';

/** What each check measured and found; open where there is something to act on. */
export const Checks = ({ checks }: { checks: readonly Check[] }) => (
  <div class="checks">
    {checks.map((check) => (
      <CheckPart key={check.check} check={check} />
    ))}
  </div>
);

function CheckPart({
  check: { check, status, reason, figures = {}, findings = [] },
}: {
  check: Check;
}) {
  const rows = Object.entries(figures);
  const alarming = status === 'failed' || findings.some(({ severity }) => severity === 'critical');
  const said = reason !== undefined || rows.length + findings.length > 0;
  const title = (
    <>
      {check.replaceAll('-', ' ')} <StateBadge of={status} />
    </>
  );
  if (!said) return <p class="check-title">{title}</p>;
  return (
    <details open={alarming}>
      <summary>
        {title} <span class="muted">{countOf(rows.length, findings.length)}</span>
      </summary>
      {reason && <p class="words">{reason}</p>}
      {findings.length > 0 && (
        <ul class="findings">
          {findings.map(({ severity, message, where }) => (
            <li key={`${message} ${where}`}>
              <StateBadge of={severity} /> {where && <code>{where}</code>} {message}
            </li>
          ))}
        </ul>
      )}
      {rows.length > 0 && (
        <Table
          caption={`Figures of ${check}`}
          columns={[
            { id: 'name', title: 'Figure', cell: ([name]) => name },
            {
              ...{ id: 'value', title: 'Value', numeric: true },
              cell: ([, { value, interval }]) => withInterval(value, interval),
            },
          ]}
          rows={rows}
          keyOf={([name]) => name}
        />
      )}
    </details>
  );
}

const countOf = (figures: number, findings: number): string =>
  [
    figures > 0 && `${figures} ${figures === 1 ? 'figure' : 'figures'}`,
    findings > 0 && `${findings} ${findings === 1 ? 'finding' : 'findings'}`,
  ]
    .filter(Boolean)
    .join(', ');

import type { Run } from '../api/mlflow.ts';
import { COLOURS } from '../charts/colours.ts';
import { CurveControls } from '../charts/curve-controls.tsx';
import { RunCurve } from '../charts/run-curve.tsx';
import { Choice } from '../components/choice.tsx';
import { useHere } from '../shell/place-context.tsx';

/** One metric of some runs over the other. */
export function CompareCurves({ runs }: { runs: readonly Run[] }) {
  const { query, setQuery } = useHere();
  const steps = new Map<string, number>();
  for (const { key, step } of runs.flatMap(({ data }) => data.metrics)) {
    steps.set(key, Math.max(step, steps.get(key) ?? 0));
  }
  const names = [...steps.keys()].sort((a, b) => a.localeCompare(b));
  const metric = query.curve ?? names.find((name) => (steps.get(name) ?? 0) > 0);
  if (names.length === 0) return null;
  const having = runs.filter(({ data }) => data.metrics.some(({ key }) => key === metric));
  const drawn = having.slice(0, COLOURS);
  return (
    <section>
      <h2>Curves</h2>
      <div class="controls">
        <Choice
          label="Metric"
          value={metric ?? ''}
          options={[
            ...(metric === undefined ? [['', 'choose one'] as const] : []),
            ...names.map((name) => [name, name] as const),
          ]}
          onChange={(curve) => setQuery({ curve })}
        />
        {metric !== undefined && <CurveControls />}
      </div>
      {metric !== undefined && (
        <RunCurve
          key={metric}
          metric={metric}
          version=""
          runs={drawn.map(({ info }) => ({
            ...{ run: info.run_id, name: info.run_name, start: info.start_time },
          }))}
        />
      )}
      {having.length > drawn.length && (
        <p class="note">
          The first {drawn.length} of {having.length} runs: more colours are not told apart.
        </p>
      )}
    </section>
  );
}

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { readCurve } from '../api/mlflow.ts';
import { Failure } from '../components/states.tsx';
import { lineOf, settingsOf } from '../lib/curves.ts';
import { useLoad } from '../lib/use-load.ts';
import { useHere } from '../shell/place-context.tsx';
import { LineChart } from './line-chart.tsx';

export interface CurveOf {
  readonly run: string;
  /** Of the line. */
  readonly name: string;
  /** Ms since 1970. */
  readonly start: number;
}

interface Props {
  readonly metric: string;
  readonly runs: readonly CurveOf[];
  /** Changes when there are new points. */
  readonly version: string;
}

/** The curve of a metric of one run or several: asked for when it comes into view, not before. */
export function RunCurve({ metric, runs, version }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const watch = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && setSeen(true),
      { rootMargin: '200px' },
    );
    watch.observe(box.current as HTMLDivElement);
    return () => watch.disconnect();
  }, []);
  return (
    <div ref={box} class="curve">
      {seen ? <SeenCurve {...{ metric, runs, version }} /> : <h3>{metric}</h3>}
    </div>
  );
}

function SeenCurve({ metric, runs, version }: Props) {
  const { workspace, query } = useHere();
  const key = JSON.stringify([metric, runs.map(({ run }) => run), version]);
  const found = useLoad(key, (signal) =>
    Promise.all(
      runs.map(async (of) => ({
        ...{ of, points: await readCurve(workspace, { run: of.run, metric }, signal) },
      })),
    ),
  );
  const { x, log, smooth } = query;
  const [settings, lines] = useMemo(() => {
    const read = settingsOf(query);
    const all = (found.data ?? []).map(({ of, points }) => lineOf(of.name, points, of.start, read));
    return [read, all.filter((one) => one.x.length > 0)] as const;
  }, [found.data, x, log, smooth]);
  if (found.error) return <Failure error={found.error} onRetry={found.reload} />;
  if (found.data === undefined) {
    return (
      <>
        <h3>{metric}</h3>
        <p class="loading">Loading …</p>
      </>
    );
  }
  return <LineChart title={metric} lines={lines} settings={settings} />;
}

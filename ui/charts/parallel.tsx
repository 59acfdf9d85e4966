import { line } from 'd3-shape';
import { useState } from 'preact/hooks';
import type { Run } from '../api/mlflow.ts';
import { titleOfColumn } from '../components/column-chooser.tsx';
import type { Axis, Ranges } from '../lib/comparison.ts';
import { figure } from '../lib/format.ts';
import { RangeHandles } from './range-handles.tsx';
import { useWidth } from './use-width.ts';

interface Props {
  readonly runs: readonly Run[];
  readonly within: ReadonlySet<Run>;
  readonly hrefOf: (run: Run) => string;
  readonly axes: readonly Axis[];
  readonly ranges: Ranges;
  readonly onRanges: (ranges: Ranges) => void;
}

const [TOP, HEIGHT, SIDE, NARROWEST] = [56, 240, 70, 104];
const yOf = (at: number): number => TOP + (1 - at) * HEIGHT;

/**
 * A line for each run across an axis for each column, coloured by the last axis. The handles of
 * an axis narrow it down, by pointer or by arrow keys.
 */
export function Parallel({ runs, within, hrefOf, axes, ranges, onRanges }: Props) {
  const [box, width] = useWidth<HTMLDivElement>();
  const [under, setUnder] = useState<Run>();
  if (axes.length < 2) {
    return (
      <p class="muted">Choose two axes or more: these runs differ in too little by themselves.</p>
    );
  }
  const wide = Math.max(width, 2 * SIDE + (axes.length - 1) * NARROWEST);
  const xs = axes.map((_, i) => SIDE + (i * (wide - 2 * SIDE)) / (axes.length - 1));
  return (
    <figure class="chart parallel">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="scroll" aria-label="Parallel coordinates" tabIndex={0} ref={box}>
        {width > 0 && (
          <svg width={wide} height={TOP + HEIGHT + 20}>
            <title>{`${within.size} of ${runs.length} runs across ${axes.length} axes`}</title>
            <Lines {...{ runs, within, axes, xs, hrefOf, onUnder: setUnder }} />
            {under && <path class="under" d={pathOf(under, axes, xs)} />}
            {axes.map((axis, i) => (
              <AxisMarks key={axis.column} axis={axis} x={xs[i] as number} />
            ))}
            {axes.map((axis, i) => (
              <RangeHandles
                key={axis.column}
                name={titleOfColumn(axis.column)}
                {...{ x: xs[i] as number, top: TOP, height: HEIGHT }}
                range={ranges.get(axis.column) ?? [0, 100]}
                onChange={(range) => onRanges(new Map([...ranges, [axis.column, range]]))}
              />
            ))}
          </svg>
        )}
      </section>
      <figcaption class="note row">
        <span aria-live="polite">
          {within.size === runs.length
            ? `${runs.length} runs; drag the handles of an axis to narrow them down`
            : `${within.size} of ${runs.length} runs`}
          {under && ` · ${under.info.run_name}`}
        </span>
        {within.size < runs.length && (
          <button type="button" onClick={() => onRanges(new Map())}>
            Show all
          </button>
        )}
      </figcaption>
    </figure>
  );
}

interface LinesProps extends Pick<Props, 'runs' | 'within' | 'axes' | 'hrefOf'> {
  readonly xs: readonly number[];
  readonly onUnder: (run: Run | undefined) => void;
}

function Lines({ runs, within, axes, xs, hrefOf, onUnder }: LinesProps) {
  const last = axes.at(-1) as Axis;
  // What is within the ranges is drawn last, and so above the rest.
  const ordered = [...runs.filter((run) => !within.has(run)), ...within];
  return (
    <g class={ordered.length > 100 ? 'lines many' : 'lines'}>
      {ordered.map((run) => (
        // biome-ignore lint/a11y/useKeyWithMouseEvents: the table below has the same by keyboard
        <a
          key={run.info.run_id}
          href={hrefOf(run)}
          tabindex={-1}
          aria-label={run.info.run_name}
          onMouseOver={() => onUnder(run)}
          onMouseOut={() => onUnder(undefined)}
        >
          <path
            d={pathOf(run, axes, xs)}
            class={within.has(run) ? undefined : 'pale'}
            style={within.has(run) ? { stroke: blend(last.of(run)) } : undefined}
          />
        </a>
      ))}
    </g>
  );
}

/** Between two colours that are told apart in light and dark, and by most eyes. */
const blend = (at: number | undefined): string =>
  at === undefined
    ? 'var(--muted)'
    : `color-mix(in oklab, var(--s1) ${Math.round(at * 100)}%, var(--s0))`;

/** Gaps where a run has no value. */
const pathOf = (run: Run, axes: readonly Axis[], xs: readonly number[]): string =>
  line<Axis>(
    (_, i) => xs[i] as number,
    (axis) => yOf(axis.of(run) ?? 0),
  )
    .defined((axis) => axis.of(run) !== undefined)
    .digits(1)([...axes]) ?? '';

const AxisMarks = ({ axis: { column, ticks }, x }: { axis: Axis; x: number }) => (
  <g class="axis">
    <line x1={x} x2={x} y1={TOP} y2={TOP + HEIGHT} />
    <text class="name" x={x} y={TOP - 34} text-anchor="middle">
      {shorten(titleOfColumn(column), 16)}
      <title>{column}</title>
    </text>
    {ticks.map(([at, text]) => (
      <text key={at} x={x + 9} y={yOf(at) + 4}>
        {typeof text === 'number' ? figure(Number(text.toPrecision(4))) : shorten(text, 14)}
      </text>
    ))}
  </g>
);

const shorten = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

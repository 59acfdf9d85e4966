import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { type CurveSettings, type Line, smooth, summarise } from '../lib/curves.ts';
import { duration, figure, moment } from '../lib/format.ts';
import { colourOf, useColours } from './colours.ts';

interface Props {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly settings: CurveSettings;
  /** What the lines are, where they are several. */
  readonly of?: string;
}

const HEIGHT = 240;

/**
 * Lines over a common x. A pointer shows values and zooms by dragging (a double click shows all
 * again); the arrow keys go from point to point.
 */
export function LineChart({ title, lines, settings, of = 'runs' }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [said, setSaid] = useState<{ index: number; text: string }>();
  const colours = useColours();
  const { across, smoothing, log } = settings;
  const shape = JSON.stringify([
    lines.map(({ name }) => name),
    across,
    smoothing > 0,
    log,
    colours,
  ]);
  const data = align(lines, smoothing);
  // New points alone do not build it anew, which would lose the zoom: `shape` is all else.
  useEffect(() => {
    const parent = box.current as HTMLDivElement;
    const chart = new uPlot(optionsOf(lines, settings, colours, parent.clientWidth), data, parent);
    plot.current = chart;
    const resize = new ResizeObserver(() =>
      chart.setSize({ width: parent.clientWidth, height: HEIGHT }),
    );
    resize.observe(parent);
    return () => {
      resize.disconnect();
      chart.destroy();
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data, !isZoomed(plot.current)), [lines, smoothing]);
  const onKeyDown = (event: KeyboardEvent) => {
    const index = plot.current && moveCursor(plot.current, event.key);
    if (index === undefined) return;
    event.preventDefault();
    setSaid({ index, text: sayAt(data[0][index] as number, lines, across) });
  };
  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        <p class="note">{describe(lines, log, of)}</p>
      </figcaption>
      <div
        ref={box}
        class="plot"
        role="slider"
        aria-label={`${title}: ${describe(lines, log, of)}`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, data[0].length - 1)}
        aria-valuenow={said?.index ?? 0}
        aria-valuetext={said?.text ?? 'arrow keys go through the points'}
        tabIndex={0}
        onKeyDown={onKeyDown}
      />
    </figure>
  );
}

/** One table of all lines: with smoothing, each line twice, as it is and smoothed. */
function align(lines: readonly Line[], smoothing: number): uPlot.AlignedData {
  const tables = lines.map(({ x, y }): uPlot.AlignedData => {
    const raw = y.map((value) => value ?? null);
    if (smoothing === 0) return [[...x], raw];
    return [[...x], raw, smooth(y, smoothing).map((value) => value ?? null)];
  });
  return tables.length === 1 ? (tables[0] as uPlot.AlignedData) : uPlot.join(tables);
}

function optionsOf(
  lines: readonly Line[],
  { across, smoothing, log }: CurveSettings,
  colours: Readonly<Record<string, string>>,
  width: number,
): uPlot.Options {
  const axis = {
    stroke: colours.muted as string,
    font: '12px system-ui, sans-serif',
    grid: { stroke: colours.line as string, width: 1 },
    ticks: { stroke: colours.line as string, width: 1 },
  };
  const series = lines.flatMap(({ name }, i): uPlot.Series[] => {
    const stroke = colourOf(colours, i);
    const value: uPlot.Series['value'] = (_, given) => (given === null ? '–' : figure(given));
    const label = lines.length > 1 ? name : 'value';
    const points = { filter: onlyPoint };
    const line: uPlot.Series = { label, stroke, width: 1.5, spanGaps: true, value, points };
    if (smoothing === 0) return [line];
    const faint = `color-mix(in srgb, ${stroke} 30%, transparent)`;
    return [
      { ...line, class: 'raw', stroke: faint, width: 1, points: { show: false } },
      { ...line, label: lines.length > 1 ? name : 'smoothed', width: 2 },
    ];
  });
  return {
    ...{ width, height: HEIGHT, series: [{ label: across, value: xText(across) }, ...series] },
    scales: { x: { time: across === 'time' }, y: { distr: log ? 3 : 1 } },
    axes: [
      {
        ...axis,
        ...(across === 'relative' && BY_CLOCK),
        ...(across === 'time' && BY_CALENDAR),
      },
      {
        ...axis,
        size: 64,
        values: (_, at) => at.map((value) => (value === null ? '' : figure(value))),
      },
    ],
    cursor: { drag: { x: true, y: false } },
    legend: { live: true },
    ms: 1,
  };
}

/** A line of one point has to be seen too, where points are too close for all of them to be drawn. */
const onlyPoint = ({ data }: uPlot, series: number, all: boolean): number[] | null => {
  if (all) return null;
  const there = [...(data[series] ?? [])].flatMap((value, i) => (value == null ? [] : [i]));
  return there.length === 1 ? there : [];
};

const xText =
  (across: CurveSettings['across']): uPlot.Series['value'] =>
  (_, at) =>
    at === null ? '–' : sayX(at, across);

function sayX(at: number, across: CurveSettings['across']): string {
  if (across === 'step') return figure(at);
  return across === 'time' ? moment(at) : duration(at);
}

/** Whole parts of minutes, hours and days, in ms, and not tenths. */
const INCREMENTS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].flatMap((n) => [n * 1000, n * 60_000]),
  ...[1, 2, 3, 6, 12, 24, 48, 120, 240, 480].map((hours) => hours * 3_600_000),
].sort((a, b) => a - b);
const BY_CLOCK: uPlot.Axis = {
  incrs: INCREMENTS,
  values: (_, at) => at.map((ms) => (ms === 0 ? '0' : duration(ms).replace(/ 0 (s|min|h)$/, ''))),
};

const BY_CALENDAR: uPlot.Axis = {
  values: (_, at, _axis, _space, every) => at.map((ms) => shortMoment(ms, every)),
};
const DAY_MS = 86_400_000;

/** As much of a moment as tells marks apart that are `every` ms from each other. */
function shortMoment(at: number, every: number): string {
  const text = moment(at);
  if (every >= DAY_MS) return text.slice(5, 10);
  return every < 60_000 ? new Date(at).toTimeString().slice(0, 8) : text.slice(11);
}

function isZoomed({ data: [x], scales }: uPlot): boolean {
  const { min, max } = scales.x as uPlot.Scale;
  const [first, last] = [x[0], x.at(-1)];
  return first !== undefined && last !== undefined && x.length > 1 && (min! > first || max! < last);
}

const STEPS: Readonly<Record<string, number>> = {
  ...{ ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 },
  ...{ Home: Number.NEGATIVE_INFINITY, End: Number.POSITIVE_INFINITY },
};

/** @returns the index of the point that the cursor is on now, if the key moves it */
function moveCursor(chart: uPlot, key: string): number | undefined {
  const step = STEPS[key];
  const x = chart.data[0];
  if (step === undefined || x.length === 0) return undefined;
  const from = chart.cursor.idx ?? (step > 0 ? -1 : x.length);
  const index = Math.max(0, Math.min(x.length - 1, from + step));
  const left = chart.valToPos(x[index] as number, 'x');
  chart.setCursor({ left, top: chart.over.clientHeight / 2 });
  return index;
}

function sayAt(at: number, lines: readonly Line[], across: CurveSettings['across']): string {
  const values = lines.flatMap(({ name, x, y }) => {
    const value = y[x.indexOf(at)];
    return value === undefined
      ? []
      : [lines.length > 1 ? `${name} ${figure(value)}` : figure(value)];
  });
  return `${across} ${sayX(at, across)}: ${values.join(', ') || 'no value'}`;
}

function describe(lines: readonly Line[], log: boolean, of: string): string {
  if (lines.length !== 1) return `${lines.length} ${of}`;
  const { points, missing, last, least, most } = summarise(lines[0] as Line);
  if (last === undefined || least === undefined || most === undefined) return 'nothing to draw';
  const left = missing > 0 ? `, ${missing} not drawn (${log ? 'not above 0' : 'no numbers'})` : '';
  const between = least === most ? '' : `, between ${figure(least)} and ${figure(most)}`;
  return `${figure(points)} ${points === 1 ? 'point' : 'points'} drawn, the last ${figure(last)}${between}${left}`;
}

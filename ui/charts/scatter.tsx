import { scaleLinear, scaleLog } from 'd3-scale';
import { useRef, useState } from 'preact/hooks';
import type { Run } from '../api/mlflow.ts';
import { Choice } from '../components/choice.tsx';
import { titleOfColumn } from '../components/column-chooser.tsx';
import { figure } from '../lib/format.ts';
import { splitColumn } from '../lib/run-columns.ts';
import { type Dot, dotsOf } from '../lib/scatter.ts';
import { useHere } from '../shell/place-context.tsx';
import { useWidth } from './use-width.ts';

interface Props {
  readonly runs: readonly Run[];
  readonly within: ReadonlySet<Run>;
  readonly hrefOf: (run: Run) => string;
  /** Columns that are offered. */
  readonly all: readonly string[];
}

const [LEFT, RIGHT, TOP, BOTTOM, HEIGHT] = [68, 16, 12, 44, 360];
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

/** Two columns against each other: a dot for each run, which leads to it. */
export function Scatter({ runs, within, hrefOf, all }: Props) {
  const { query, setQuery } = useHere();
  const numeric = all.filter((column) => dotsOf(runs, column, column, false).length > 0);
  const usual = (entity: string) => numeric.find((column) => splitColumn(column).entity === entity);
  const x = query.sx ?? usual('params') ?? numeric[0];
  const y = query.sy ?? usual('metrics') ?? numeric[1];
  if (x === undefined || y === undefined) return null;
  const options = numeric.map((column) => {
    const { entity, key } = splitColumn(column);
    return [column, `${key} (${entity})`] as const;
  });
  const log = query.slog === 'true';
  return (
    <section>
      <h2>Scatter</h2>
      <div class="controls">
        <Choice label="Across" value={x} options={options} onChange={(sx) => setQuery({ sx })} />
        <Choice label="Up" value={y} options={options} onChange={(sy) => setQuery({ sy })} />
        <label class="tick">
          <input
            type="checkbox"
            checked={log}
            onChange={({ currentTarget }) => setQuery({ slog: currentTarget.checked })}
          />
          Log scales
        </label>
      </div>
      <Dots
        {...{ dots: dotsOf(runs, x, y, log), log, within, hrefOf }}
        names={[titleOfColumn(x), titleOfColumn(y)]}
      />
    </section>
  );
}

interface DotsProps extends Pick<Props, 'within' | 'hrefOf'> {
  /** From left to right. */
  readonly dots: readonly Dot[];
  readonly names: readonly [x: string, y: string];
  readonly log: boolean;
}

function Dots({ dots, names, log, within, hrefOf }: DotsProps) {
  const [box, width] = useWidth<HTMLDivElement>();
  const group = useRef<SVGGElement>(null);
  const [at, setAt] = useState(0);
  const scale = log ? scaleLog : scaleLinear;
  const xs = scale(endsOf(dots.map(({ x }) => x)), [LEFT, width - RIGHT]).nice();
  const ys = scale(endsOf(dots.map(({ y }) => y)), [HEIGHT - BOTTOM, TOP]).nice();
  const say = ({ run, x, y }: Dot) =>
    `${run.info.run_name}: ${names[0]} ${figure(x)}, ${names[1]} ${figure(y)}`;
  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(dots.length - 1, at + step));
    setAt(next);
    (group.current?.children[next] as SVGElement | undefined)?.focus();
  };
  const current = dots[Math.min(at, dots.length - 1)];
  return (
    <figure class="chart scatter">
      <div ref={box}>
        {width > 0 && (
          <svg width={width} height={HEIGHT}>
            <title>{`${names[1]} by ${names[0]} of ${dots.length} runs`}</title>
            {(log ? ys.ticks(4) : ys.ticks(6)).map((tick) => (
              <g key={tick}>
                <line class="grid" x1={LEFT} x2={width - RIGHT} y1={ys(tick)} y2={ys(tick)} />
                <text x={LEFT - 8} y={ys(tick) + 4} text-anchor="end">
                  {ys.tickFormat(6)(tick)}
                </text>
              </g>
            ))}
            {xs.ticks(width / 110).map((tick) => (
              <text key={tick} x={xs(tick)} y={HEIGHT - BOTTOM + 18} text-anchor="middle">
                {xs.tickFormat(width / 110)(tick)}
              </text>
            ))}
            <text class="name" x={(LEFT + width) / 2} y={HEIGHT - 6} text-anchor="middle">
              {names[0]}
            </text>
            <text
              class="name"
              transform={`translate(14 ${(HEIGHT - BOTTOM) / 2}) rotate(-90)`}
              text-anchor="middle"
            >
              {names[1]}
            </text>
            {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys go from dot to dot */}
            <g ref={group} onKeyDown={move}>
              {dots.map((dot, i) => (
                <a
                  key={dot.run.info.run_id}
                  href={hrefOf(dot.run)}
                  tabindex={i === Math.min(at, dots.length - 1) ? 0 : -1}
                  aria-label={say(dot)}
                  onFocus={() => setAt(i)}
                  onMouseOver={() => setAt(i)}
                >
                  <circle
                    class={within.has(dot.run) ? undefined : 'pale'}
                    cx={xs(dot.x)}
                    cy={ys(dot.y)}
                    r={5}
                  />
                </a>
              ))}
            </g>
          </svg>
        )}
      </div>
      <figcaption class="note">{current ? say(current) : 'No run has both.'}</figcaption>
    </figure>
  );
}

function endsOf(values: readonly number[]): [number, number] {
  if (values.length === 0) return [1, 2];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? [low - Math.abs(low) / 2, high + (Math.abs(high) / 2 || 1)] : [low, high];
}

import { useRef } from 'preact/hooks';

type Range = readonly [from: number, to: number];

interface Props {
  readonly name: string;
  readonly x: number;
  /** In hundredths of the axis, from its bottom. */
  readonly range: Range;
  /** Of the axis, in the coordinates of the drawing. */
  readonly top: number;
  readonly height: number;
  readonly onChange: (range: Range) => void;
}

const STEPS: Readonly<Record<string, number>> = {
  ...{ ArrowUp: 2, ArrowRight: 2, ArrowDown: -2, ArrowLeft: -2, PageUp: 20, PageDown: -20 },
  ...{ Home: -100, End: 100 },
};

/** The lower and the upper end of what an axis lets through. */
export function RangeHandles({ name, x, range, top, height, onChange }: Props) {
  const yOf = (at: number) => top + (1 - at / 100) * height;
  const [from, to] = range;
  const shared = { x, top, height };
  return (
    <g class="range">
      {(from > 0 || to < 100) && (
        <rect x={x - 4} width={8} y={yOf(to)} height={yOf(from) - yOf(to)} />
      )}
      <Handle
        {...shared}
        label={`${name}, at least`}
        value={from}
        points={`${x - 8},${yOf(from) + 12} ${x + 8},${yOf(from) + 12} ${x},${yOf(from)}`}
        onMove={(at) => onChange([Math.min(at, to), to])}
      />
      <Handle
        {...shared}
        label={`${name}, at most`}
        value={to}
        points={`${x - 8},${yOf(to) - 12} ${x + 8},${yOf(to) - 12} ${x},${yOf(to)}`}
        onMove={(at) => onChange([from, Math.max(at, from)])}
      />
    </g>
  );
}

interface HandleProps extends Pick<Props, 'top' | 'height'> {
  readonly label: string;
  readonly value: number;
  readonly points: string;
  readonly onMove: (at: number) => void;
}

function Handle({ label, value, points, top, height, onMove }: HandleProps) {
  const held = useRef(false);
  // Keys may come faster than it is drawn anew.
  const now = useRef(value);
  now.current = value;
  const move = (at: number) => {
    now.current = Math.round(Math.max(0, Math.min(100, at)));
    onMove(now.current);
  };
  const drag = ({ clientY, currentTarget }: PointerEvent) => {
    if (!held.current) return;
    const svg = (currentTarget as SVGElement).ownerSVGElement as SVGElement;
    const y = clientY - svg.getBoundingClientRect().top;
    move((1 - (y - top) / height) * 100);
  };
  return (
    <polygon
      points={points}
      role="slider"
      // In SVG, unlike HTML, names of attributes are told apart by case.
      tabindex={0}
      aria-label={label}
      aria-orientation="vertical"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={value}
      aria-valuetext={`${value} % of the axis`}
      onPointerDown={({ currentTarget, pointerId }) => {
        held.current = true;
        currentTarget.setPointerCapture(pointerId);
      }}
      onPointerMove={drag}
      onPointerUp={() => {
        held.current = false;
      }}
      onKeyDown={(event) => {
        const step = STEPS[event.key];
        if (step === undefined) return;
        event.preventDefault();
        move(now.current + step);
      }}
    />
  );
}

import { useId } from 'preact/hooks';
import { Choice } from '../components/choice.tsx';
import { type Across, settingsOf } from '../lib/curves.ts';
import { useHere } from '../shell/place-context.tsx';

const ACROSS = [
  ['step', 'Steps'],
  ['relative', 'Time since the start'],
  ['time', 'Time of day'],
] as const satisfies readonly (readonly [Across, string])[];

/** How curves are drawn: in the address, so that others see the same. */
export function CurveControls() {
  const { query, setQuery } = useHere();
  const { across, smoothing, log } = settingsOf(query);
  const id = useId();
  return (
    <>
      <Choice
        label="Across"
        value={across}
        options={ACROSS}
        onChange={(x) => setQuery({ x: x === 'step' ? '' : x })}
      />
      <div class="field">
        <label for={id}>
          Smoothing <output for={id}>{smoothing === 0 ? 'off' : smoothing.toFixed(2)}</output>
        </label>
        <input
          id={id}
          type="range"
          min={0}
          max={0.99}
          step={0.01}
          value={smoothing}
          onInput={({ currentTarget }) => setQuery({ smooth: Number(currentTarget.value) || '' })}
        />
      </div>
      <label class="tick">
        <input
          type="checkbox"
          checked={log}
          onChange={({ currentTarget }) => setQuery({ log: currentTarget.checked })}
        />
        Log scale
      </label>
    </>
  );
}

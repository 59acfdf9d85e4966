import type { Figure } from '#core/figure.ts';
import type { ModelCard } from './schema.ts';

/** A metric as the interchange formats list it. */
export interface Measure {
  readonly metric: string;
  readonly value: number;
  readonly interval?: { readonly lower: number; readonly upper: number } | undefined;
  readonly slice?: string | undefined;
}

/** Metrics of the validation set: of all rows, of classes, weak slices and groups. */
export function measuresOf({ metrics, fairness, robustness }: ModelCard): Measure[] {
  const { measured } = metrics;
  const quality = measured.measured
    ? [
        ...figures(measured.metrics),
        ...(measured.perClass ?? []).flatMap((one) => figures(one.metrics, `class = ${one.label}`)),
        ...measured.weakSlices.flatMap((weak) =>
          figures({ [weak.metric]: weak.value }, weak.slice),
        ),
      ]
    : [];
  const groups = fairness.measured
    ? fairness.attributes.flatMap((attribute) => [
        ...figures(attribute.metrics, `by ${attribute.attribute}`),
        ...attribute.groups.flatMap((group) =>
          figures(group.metrics, `${attribute.attribute} = ${group.group}`),
        ),
      ])
    : [];
  return [...quality, ...groups, ...(robustness.measured ? underAttack(robustness) : [])];
}

const underAttack = ({ attacks }: { attacks: Attack[] }): Measure[] =>
  attacks.flatMap(({ name, metric, points }) =>
    points.flatMap(({ budget, value }) =>
      figures({ [metric]: value }, `${name}, budget ${budget}`),
    ),
  );

type Robustness = Extract<ModelCard['robustness'], { measured: true }>;
type Attack = Robustness['attacks'][number];

const figures = (named: Record<string, Figure>, slice?: string): Measure[] =>
  Object.entries(named).flatMap(([metric, { value, interval }]) =>
    value === null ? [] : [{ metric, value, interval, slice }],
  );

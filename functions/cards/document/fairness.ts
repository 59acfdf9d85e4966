import type { Figure } from '#core/figure.ts';
import {
  type BarPlot,
  type Block,
  heading,
  plots,
  type Section,
  table,
  text,
} from '#shared/page/blocks.ts';
import { interval, maybe, metricName, number } from '#shared/page/numbers.ts';
import type { ModelCard } from '../schema.ts';
import { measuredBlocks } from './common.ts';

type Fairness = Extract<ModelCard['fairness'], { measured: true }>;
type Attribute = Fairness['attributes'][number];

export const fairnessSection = ({ fairness }: ModelCard): Section => ({
  id: 'fairness',
  title: 'Fairness',
  blocks: measuredBlocks(fairness, ({ attributes }) =>
    attributes.length > 0
      ? attributes.flatMap(attributeBlocks)
      : [text('The data name no protected attribute.')],
  ),
});

function attributeBlocks(attribute: Attribute): Block[] {
  const { groups } = attribute;
  const metrics = [...new Set(groups.flatMap((group) => Object.keys(group.metrics)))];
  return [
    heading(`By ${attribute.attribute}`),
    table(
      `Differences and ratios between the groups of ${attribute.attribute}`,
      ['Metric', '#Value', '#Interval'],
      Object.entries(attribute.metrics).map(([metric, figure]) => [
        metricName(metric),
        maybe(figure.value),
        interval(figure),
      ]),
    ),
    ...plots(metrics.slice(0, MAX_PLOTS).map((metric) => groupPlot(attribute, metric))),
    table(
      `Groups of ${attribute.attribute} (largest: ${attribute.reference})`,
      ['Group', '#Rows', ...metrics.map((metric) => `#${metricName(metric)}`)],
      groups.map((group) => [
        group.tooSmall ? `${group.group} (too few rows to judge)` : group.group,
        number(group.rows),
        ...metrics.map((metric) => maybe(group.metrics[metric]?.value)),
      ]),
    ),
  ];
}

const MAX_PLOTS = 4;
const MAX_BARS = 12;

const groupPlot = ({ attribute, groups }: Attribute, metric: string): BarPlot => ({
  type: 'bars',
  title: `${metricName(metric)} by ${attribute}`,
  description: `${metricName(metric)} of each group with its interval; pale groups are too small to judge.`,
  rows: groups.slice(0, MAX_BARS).flatMap(({ group, metrics, tooSmall }) => {
    const figure = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
    return figure ? barOf(group, figure, tooSmall) : [];
  }),
});

/** A bar for a figure, none where it is undefined. */
export const barOf = (label: string, figure: Figure, muted = false): BarPlot['rows'] =>
  figure.value === null
    ? []
    : [
        {
          label,
          value: figure.value,
          text: number(figure.value),
          range: figure.interval && [figure.interval.lower, figure.interval.upper],
          muted,
        },
      ];

import { facts, type LinePlot, plots, type Section, table } from '#shared/page/blocks.ts';
import { interval, maybe, metricName, number, percent } from '#shared/page/numbers.ts';
import type { ModelCard } from '../schema.ts';
import { measuredBlocks } from './common.ts';
import { barOf } from './fairness.ts';

type Robustness = Extract<ModelCard['robustness'], { measured: true }>;

export const robustnessSection = ({ robustness }: ModelCard): Section => ({
  id: 'robustness',
  title: 'Robustness',
  blocks: measuredBlocks(robustness, (found) => [
    ...plots(attackPlots(found)),
    table(
      `Under attack, on ${number(found.rows)} rows`,
      ['Attack', 'Metric', '#Budget', '#Value', '#Interval'],
      found.attacks.flatMap(({ name, metric, points }) =>
        points.map(({ budget, value }) => [
          name,
          metricName(metric),
          number(budget),
          maybe(value.value),
          interval(value),
        ]),
      ),
    ),
    table(
      'On values that should not occur',
      ['Perturbation', 'Feature', 'Contract', 'Outcome', '#Predictions changed', 'Detail'],
      found.perturbations.map(({ name, feature, checked, outcome, changed, detail }) => [
        name,
        feature ?? 'any',
        checked === false ? 'bypassed' : 'applied',
        outcome,
        changed === null ? '–' : percent(changed),
        detail,
      ]),
    ),
  ]),
});

/** One plot for each metric, a line for each attack. */
const attackPlots = ({ attacks }: Robustness): LinePlot[] =>
  [...new Set(attacks.map(({ metric }) => metric))].flatMap((metric) => {
    const series = attacks.filter((attack) => attack.metric === metric).map(lineOf);
    const points = series.flatMap((line) => line.points);
    if (points.length === 0) return [];
    const highest = Math.max(...series.flatMap(({ band }) => band.map(([, , upper]) => upper)), 1);
    const lowest = Math.min(...series.flatMap(({ band }) => band.map(([, lower]) => lower)), 0);
    return [
      {
        type: 'lines',
        title: `${metricName(metric)} against the budget of the attack`,
        description: 'How far the metric falls as the attacker may change the inputs more.',
        x: { label: 'Budget', domain: [0, Math.max(...points.map(([x]) => x)) || 1] },
        y: { label: metricName(metric), domain: [lowest, highest] },
        series,
      },
    ];
  });

const lineOf = ({ name, points }: Robustness['attacks'][number]) => {
  const known = points.flatMap(({ budget, value: { value, interval: found } }) =>
    value === null
      ? []
      : [{ budget, value, lower: found?.lower ?? value, upper: found?.upper ?? value }],
  );
  return {
    name,
    points: known.map(({ budget, value }) => [budget, value] as const),
    band: known.map(({ budget, lower, upper }) => [budget, lower, upper] as const),
    dots: true,
  };
};

const MAX_BARS = 20;

export const explainabilitySection = ({ explainability }: ModelCard): Section => ({
  id: 'explainability',
  title: 'What it relies on',
  blocks: measuredBlocks(explainability, (found) => {
    const ranked = [...found.importances].sort(
      (a, b) => (b.importance.value ?? 0) - (a.importance.value ?? 0),
    );
    return [
      facts([
        ['Importance is', `the loss of ${metricName(found.metric)} when a column is shuffled`],
        ['Without shuffling', number(found.baseline)],
        ['Measured on', `${number(found.rows)} rows, ${number(found.repeats)} times`],
        ['Agreement of the repeats', `${maybe(found.stability.value)} of 1`],
      ]),
      ...plots([
        {
          type: 'bars',
          title: 'Permutation importance',
          description: 'The columns that the predictions depend on most, with intervals.',
          rows: ranked
            .slice(0, MAX_BARS)
            .flatMap(({ feature, importance }) => barOf(feature, importance)),
        },
      ]),
      table(
        'Importance of columns',
        ['Column', '#Importance', '#Interval'],
        ranked.map(({ feature, importance }) => [
          feature,
          maybe(importance.value),
          interval(importance),
        ]),
      ),
    ];
  }),
});

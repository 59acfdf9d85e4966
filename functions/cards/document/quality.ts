import type { Figure } from '#core/figure.ts';
import {
  type Block,
  heading,
  note,
  type Plot,
  plots,
  type Section,
  table,
  text,
} from '#shared/page/blocks.ts';
import { interval, maybe, metricName, number } from '#shared/page/numbers.ts';
import type { ModelCard } from '../schema.ts';
import { measuredBlocks } from './common.ts';

type Quality = Extract<ModelCard['metrics']['measured'], { measured: true }>;

const UNIT = [0, 1] as const;

/** How well it answers: measured, as given, against the champion, and where it is weak. */
export const qualitySection = ({ metrics }: ModelCard): Section => ({
  id: 'quality',
  title: 'Quality',
  blocks: [
    ...measuredBlocks(metrics.measured, qualityBlocks),
    ...givenTable('Given with the version: training data', metrics.training),
    ...givenTable('Given with the version: validation data', metrics.validation),
  ],
});

const qualityBlocks = (quality: Quality): Block[] => [
  figureTable(`Measured on ${number(quality.rows)} rows`, quality.metrics),
  ...plots([rocPlot(quality), recallPlot(quality), calibrationPlot(quality), matrixPlot(quality)]),
  ...residualTable(quality),
  ...classTable(quality),
  ...championBlocks(quality),
  heading('Weak slices'),
  quality.weakSlices.length > 0
    ? table(
        'Where it is significantly worse than elsewhere',
        ['Slice', '#Rows', 'Metric', '#Value', '#Interval', '#Elsewhere', '#p'],
        quality.weakSlices.map((slice) => [
          slice.slice,
          number(slice.rows),
          metricName(slice.metric),
          maybe(slice.value.value),
          interval(slice.value),
          number(slice.rest),
          number(slice.pValue),
        ]),
      )
    : text('No slice of the data was found where the model is significantly worse.'),
];

const figureTable = (caption: string, figures: Record<string, Figure>): Block =>
  table(
    caption,
    ['Metric', '#Value', '#Interval'],
    Object.entries(figures).map(([metric, figure]) => [
      metricName(metric),
      maybe(figure.value),
      interval(figure),
    ]),
  );

const givenTable = (caption: string, metrics: Record<string, number> | null): Block[] =>
  metrics
    ? [
        table(
          caption,
          ['Metric', '#Value'],
          Object.entries(metrics).map(([metric, value]) => [metricName(metric), number(value)]),
        ),
      ]
    : [];

const rocPlot = ({ roc, metrics }: Quality): Plot | undefined =>
  roc && {
    type: 'lines',
    title: 'ROC curve',
    description: `True-positive against false-positive rate; area ${maybe(metrics['roc-auc']?.value)}. The diagonal is chance.`,
    x: { label: 'False-positive rate', domain: UNIT },
    y: { label: 'True-positive rate', domain: UNIT },
    series: [{ name: 'ROC', points: roc }],
    diagonal: true,
  };

const recallPlot = ({ precisionRecall, metrics }: Quality): Plot | undefined =>
  precisionRecall && {
    type: 'lines',
    title: 'Precision and recall',
    description: `Precision against recall; area ${maybe(metrics['pr-auc']?.value)}.`,
    x: { label: 'Recall', domain: UNIT },
    y: { label: 'Precision', domain: UNIT },
    series: [{ name: 'Precision', points: precisionRecall }],
  };

const calibrationPlot = ({ calibration }: Quality): Plot | undefined =>
  calibration && {
    type: 'lines',
    title: 'Calibration',
    description: 'Observed share against predicted probability. On the diagonal both agree.',
    x: { label: 'Predicted probability', domain: UNIT },
    y: { label: 'Observed share', domain: UNIT },
    series: [
      {
        name: 'Calibration',
        points: calibration.map(({ predicted, observed }) => [predicted, observed] as const),
        dots: true,
      },
    ],
    diagonal: true,
  };

/** More classes fit on no phone: their figures are in the table of classes. */
const MAX_DRAWN = 12;

const matrixPlot = ({ confusion, threshold }: Quality): Plot | undefined =>
  confusion && confusion.labels.length <= MAX_DRAWN
    ? {
        type: 'matrix',
        title: 'Confusion matrix',
        description: `Rows are true classes, columns predicted ones${threshold === undefined ? '' : ` at threshold ${number(threshold)}`}.`,
        labels: confusion.labels,
        counts: confusion.counts,
      }
    : undefined;

const residualTable = ({ residualQuantiles }: Quality): Block[] =>
  residualQuantiles
    ? [
        table(
          'Residuals (true minus predicted)',
          ['#Quantile', '#Residual'],
          residualQuantiles.map(({ quantile, residual }) => [number(quantile), number(residual)]),
        ),
      ]
    : [];

function classTable({ perClass }: Quality): Block[] {
  if (!perClass || perClass.length === 0) return [];
  const metrics = [...new Set(perClass.flatMap((one) => Object.keys(one.metrics)))];
  return [
    table(
      'By class',
      ['Class', ...metrics.map((metric) => `#${metricName(metric)}`)],
      perClass.map((one) => [
        one.label,
        ...metrics.map((metric) => maybe(one.metrics[metric]?.value)),
      ]),
    ),
  ];
}

const VERDICTS = {
  better: 'significantly better than',
  worse: 'significantly worse than',
  'no significant difference': 'not significantly different from',
} as const;

function championBlocks({ champion }: Quality): Block[] {
  const title = heading('Compared with the champion');
  if (!champion) return [title, note('There was no champion to compare with.')];
  const { version, rows, differences, test, verdict } = champion;
  return [
    title,
    text(
      `On the same ${number(rows)} rows this version is ${VERDICTS[verdict]} version ${version} (${test.name}, p ${number(test.pValue)}).`,
    ),
    figureTable('Difference from the champion', differences),
  ];
}

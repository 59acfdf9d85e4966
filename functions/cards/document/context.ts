import {
  type Block,
  facts,
  heading,
  list,
  note,
  type Section,
  table,
  text,
} from '#shared/page/blocks.ts';
import { day, maybe, number, percent } from '#shared/page/numbers.ts';
import type { ModelCard } from '../schema.ts';
import { measuredBlocks } from './common.ts';

type Prose = NonNullable<ModelCard['prose']>;

const NOT_WRITTEN = 'Nobody has written this yet.';

/** What only people can tell. */
export const considerations = ({ prose, details }: ModelCard): Section => ({
  id: 'use',
  title: 'Intended use and limits',
  blocks: prose
    ? proseBlocks(prose, details.version)
    : [note('Nobody has written about intended use, limits and risks yet: PUT …/card.')],
});

const proseBlocks = (prose: Prose, version: number): Block[] => [
  ...(prose.version === version
    ? []
    : [note(`Written for version ${prose.version} and not reviewed for this one.`)]),
  prose.intendedUse ? text(prose.intendedUse) : note(`Intended use: ${NOT_WRITTEN}`),
  ...titled('Users', prose.users),
  ...titled('Not to be used for', prose.outOfScopeUse),
  ...titled('Limitations', prose.limitations),
  ...titled('Trade-offs', prose.tradeoffs),
  ...titled(
    'Ethical considerations',
    prose.ethicalConsiderations.map(({ name, mitigation }) =>
      mitigation ? `${name} — ${mitigation}` : name,
    ),
  ),
  facts([
    ['Risk', prose.riskRating === 'unknown' ? 'Not rated' : prose.riskRating],
    ...(prose.riskExplanation ? [['Because', prose.riskExplanation] as const] : []),
    ['Written by', `${prose.updatedBy}, ${day(prose.updatedAt)}`],
  ]),
  ...(prose.references.length > 0 ? titled('References', prose.references) : []),
  ...(prose.citations.length > 0
    ? titled(
        'Citations',
        prose.citations.map(({ citation }) => citation),
      )
    : []),
];

const titled = (title: string, items: readonly string[]): Block[] => [
  heading(title),
  items.length > 0 ? list(items) : note(NOT_WRITTEN),
];

export const dataSection = ({ data }: ModelCard): Section => ({
  id: 'data',
  title: 'Data',
  blocks: [
    data.datasets.length > 0
      ? table(
          'Datasets',
          ['Name', 'Role', '#Rows', 'Licence', 'Measured on', 'Digest'],
          data.datasets.map(({ name, role, rows, licence, usedBySkiff, digest }) => [
            name,
            role,
            maybe(rows),
            licence ?? '–',
            usedBySkiff ? 'yes' : 'no',
            digest,
          ]),
        )
      : note('The record names no dataset.'),
    heading('Quality of the validation data'),
    ...measuredBlocks(data.quality, (quality) => [
      facts([
        ['Rows', number(quality.rows)],
        ['Duplicate rows', number(quality.duplicateRows)],
        ['Compared with', quality.trainingDataset ?? 'no training data: shift is not known'],
      ]),
      table(
        'Columns',
        [
          'Column',
          'Kind',
          '#Missing',
          '#Distinct',
          '#Outliers',
          '#Outside contract',
          '#Shift (PSI)',
          '#Leakage',
        ],
        quality.columns.map((column) => [
          column.column,
          column.kind,
          percent(column.missing),
          number(column.distinct),
          share(column.outliers),
          share(column.outOfContract),
          maybe(column.shift),
          maybe(column.leakage),
        ]),
      ),
      ...(quality.labels
        ? [
            table(
              'Balance of the labels',
              ['Label', '#Share'],
              quality.labels.map(({ label, share: part }) => [label, percent(part)]),
            ),
          ]
        : []),
    ]),
  ],
});

const share = (value: number | undefined): string => (value === undefined ? '–' : percent(value));

import { spdxOf } from '#core/cards/licences.ts';
import { type Measure, measuresOf } from '../measures.ts';
import type { ModelCard } from '../schema.ts';
import { changeLines } from '../words.ts';

/** Google's Model Card Toolkit, schema v0.0.2. */
export const toToolkit = (card: ModelCard) => ({
  schema_version: '0.0.2',
  model_details: detailsOf(card),
  model_parameters: parametersOf(card),
  quantitative_analysis: { performance_metrics: measuresOf(card).map(metric) },
  ...(card.prose && { considerations: considerationsOf(card.prose) }),
});

const detailsOf = ({ details, prose, changes }: ModelCard) => ({
  name: details.model,
  overview: details.description,
  documentation: details.versionDescription,
  owners: [{ name: details.owner }],
  version: {
    name: String(details.version),
    date: details.createdAt.slice(0, 10),
    ...(changes && { diff: changeLines(changes).join('\n') }),
  },
  ...(details.licence && { licenses: [licence(details.licence)] }),
  references: (prose?.references ?? []).map((reference) => ({ reference })),
  citations: prose?.citations ?? [],
});

function licence(text: string) {
  const identifier = spdxOf(text);
  return identifier ? { identifier } : { custom_text: text };
}

const parametersOf = ({ details, data }: ModelCard) => ({
  model_architecture: details.operators
    .map(({ domain, name, count }) => `${domain ? `${domain}.` : ''}${name} × ${count}`)
    .join(', '),
  data: data.datasets.map(({ name, role, digest, rows, source }) => ({
    name,
    ...(source && URL.canParse(source) && { link: new URL(source).href }),
    description: `${role} data${rows === undefined ? '' : `, ${rows} rows`}, digest ${digest}`,
  })),
  input_format_map: details.inputs.map(tensor),
  output_format_map: details.outputs.map(tensor),
});

const tensor = ({ name, datatype, shape }: ModelCard['details']['inputs'][number]) => ({
  key: name,
  value: `${datatype}[${shape.join(', ')}]`,
});

const metric = ({ metric: type, value, slice, interval }: Measure) => ({
  type,
  value: String(value),
  ...(slice && { slice }),
  ...(interval && {
    confidence_interval: {
      lower_bound: String(interval.lower),
      upper_bound: String(interval.upper),
    },
  }),
});

const described = (texts: readonly string[]) => texts.map((description) => ({ description }));

const considerationsOf = (prose: NonNullable<ModelCard['prose']>) => ({
  users: described(prose.users),
  use_cases: described(prose.intendedUse ? [prose.intendedUse] : []),
  limitations: described([
    ...prose.limitations,
    ...prose.outOfScopeUse.map((use) => `Not to be used for: ${use}`),
  ]),
  tradeoffs: described(prose.tradeoffs),
  ethical_considerations: prose.ethicalConsiderations.map(({ name, mitigation }) => ({
    name,
    mitigation_strategy: mitigation,
  })),
});

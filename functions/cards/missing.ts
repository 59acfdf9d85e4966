import type { ModelCard } from './schema.ts';

type Missing = ModelCard['missing'][number];

/**
 * What a complete card would have and this one has not, for policies that want a complete card
 * before traffic: the prose that a stranger needs, who owns the model, and what it learnt from.
 */
export function missingForTraffic(card: Pick<ModelCard, 'details' | 'prose' | 'data'>): Missing[] {
  const { details, prose, data } = card;
  const trained = data.datasets.some(({ role }) => role === 'training');
  const wanted: [boolean, string, string][] = [
    [details.description !== '', 'description', 'say what the model does: PATCH the model'],
    [Boolean(prose?.intendedUse), 'intendedUse', 'say what the model is for: PUT …/card'],
    [filled(prose?.users), 'users', 'name who is to use it: PUT …/card'],
    [filled(prose?.limitations), 'limitations', 'name where it is weak: PUT …/card'],
    [
      filled(prose?.ethicalConsiderations),
      'ethicalConsiderations',
      'name at least one risk to people and what is done about it: PUT …/card',
    ],
    [
      prose !== null && prose.riskRating !== 'unknown',
      'riskRating',
      'rate the risk low, medium or high: PUT …/card',
    ],
    [details.licence !== null, 'licence', 'give a licence: PUT …/card'],
    [
      trained,
      'lineage.datasets',
      'name the training data: register a version whose lineage holds a dataset with the role "training"',
    ],
  ];
  return wanted.flatMap(([there, field, message]) => (there ? [] : [{ field, message }]));
}

const filled = (list: readonly unknown[] | undefined): boolean => (list?.length ?? 0) > 0;

import * as z from 'zod';
import { route } from '#shared/http.ts';
import { ModelName, VersionNumber } from '#slices/registry';
import { buildCard } from './build.ts';
import { loadFacts } from './facts.ts';
import { chooseFormat, renderCard, TEXT_TYPES } from './formats.ts';
import { putProse } from './prose.ts';
import { CardProse, CardQuery, ModelCard, StoredProse } from './schema.ts';

const path = '/api/v1/models/{model}/versions/{version}/card';
const OfVersion = z.strictObject({ model: ModelName, version: VersionNumber });

export const routes = [
  route({
    method: 'GET',
    path,
    operation: 'getCard',
    summary: 'The model card: all that is on record of a version, in the format asked for',
    scope: 'read',
    params: OfVersion,
    query: CardQuery,
    response: { status: 200, schema: ModelCard, texts: TEXT_TYPES },
    run: async ({ params, query, accept }) => {
      const card = buildCard(await loadFacts(params.model, params.version));
      const own = card.prose?.version === params.version ? card.prose.revision : 0;
      return { ...renderCard(card, query.format ?? chooseFormat(accept)), revision: own };
    },
  }),
  route({
    method: 'PUT',
    path,
    operation: 'putCard',
    summary: 'Write what only people can tell: intended use, limits, risks',
    scope: 'register',
    params: OfVersion,
    body: CardProse,
    response: { status: 200, schema: StoredProse },
    run: async ({ params, body, actor, requestId, ifMatch }) => {
      const by = { actor, requestId, ...(ifMatch !== undefined && { ifMatch }) };
      const prose = await putProse(params.model, params.version, body, by);
      return { body: prose, revision: prose.revision };
    },
  }),
];

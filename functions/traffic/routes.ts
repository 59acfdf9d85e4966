import { AppError } from '#core/errors.ts';
import { getItem } from '#shared/dynamo.ts';
import { route } from '#shared/http.ts';
import { keys } from '#shared/keys.ts';
import { figuresOf, shadowFigures } from './figures.ts';
import {
  type TrafficFigures as Figures,
  OfEndpoint,
  ShadowsFigures,
  SpanQuery,
  TrafficFigures,
  TrafficQuery,
} from './schema.ts';
import { spanOf } from './span.ts';
import { readTraffic } from './traffic.ts';

const MAX_STEPS = 1_500;

async function trafficFigures(endpoint: string, query: TrafficQuery): Promise<Figures> {
  await checkEndpoint(endpoint);
  const span = spanOf(query);
  const step = query.step === undefined ? undefined : query.step * 1_000;
  if (step !== undefined && (span.to - span.from) / step > MAX_STEPS) {
    throw new AppError('invalid', `step: makes more than ${MAX_STEPS} steps of this span`);
  }
  const { variants, missing, steps } = await readTraffic(endpoint, { ...span, step });
  const figures = (all: typeof variants) => all.filter(({ shadow }) => !shadow).map(figuresOf);
  const iso = (at: number) => new Date(at).toISOString();
  return {
    ...{ endpoint, from: iso(span.from), to: iso(span.to), variants: figures(variants), missing },
    ...(step && { steps: steps.map((s) => ({ at: iso(s.at), variants: figures(s.variants) })) }),
  };
}

async function shadowsFigures(endpoint: string, query: SpanQuery) {
  await checkEndpoint(endpoint);
  const { from, to } = spanOf(query);
  const { variants } = await readTraffic(endpoint, { from, to });
  const shadows = variants.filter(({ shadow }) => shadow).map(shadowFigures);
  const iso = (at: number) => new Date(at).toISOString();
  return { endpoint, from: iso(from), to: iso(to), shadows };
}

/** Also those that were deleted had traffic. @throws AppError `not-found` */
export async function checkEndpoint(name: string): Promise<void> {
  if (await getItem(keys.endpoint(name))) return;
  throw new AppError('not-found', `there is no endpoint "${name}"`);
}

export const routes = [
  route({
    method: 'GET',
    path: '/api/v1/endpoints/{endpoint}/traffic',
    operation: 'getTraffic',
    summary: 'What its variants answered: requests, failures, latency, labels and values',
    scope: 'read',
    params: OfEndpoint,
    query: TrafficQuery,
    response: { status: 200, schema: TrafficFigures },
    run: async ({ params, query }) => ({ body: await trafficFigures(params.endpoint, query) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/endpoints/{endpoint}/shadows',
    operation: 'getShadows',
    summary: 'How its shadows agree with what was answered',
    scope: 'read',
    params: OfEndpoint,
    query: SpanQuery,
    response: { status: 200, schema: ShadowsFigures },
    run: async ({ params, query }) => ({ body: await shadowsFigures(params.endpoint, query) }),
  }),
];

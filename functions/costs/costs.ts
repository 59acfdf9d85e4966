import { addCosts, type CostParts, costOf, NO_COST, totalOf } from '#core/performance/cost.ts';
import { endpointNames } from '#slices/deployments';
import { readTraffic, type VariantTraffic } from '#slices/traffic';
import type { EndpointCost, ModelCost } from './schema.ts';
import { settings } from './settings.ts';

interface Span {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

interface VersionCost {
  readonly endpoint: string;
  readonly traffic: VariantTraffic;
  readonly parts: CostParts;
}

/** What an endpoint cost in a span of time, shadows included. */
export async function endpointCost(endpoint: string, span: Span): Promise<EndpointCost> {
  return { endpoint, ...figuresOf(await versionCosts(endpoint, span), span) };
}

/** What a model's versions cost behind all endpoints, those that were deleted since included. */
export async function modelCost(model: string, span: Span): Promise<ModelCost> {
  const costs: VersionCost[] = [];
  for await (const endpoint of endpointNames(span.from)) {
    const all = await versionCosts(endpoint, span);
    costs.push(...all.filter(({ traffic }) => traffic.model === model));
  }
  return { model, ...figuresOf(costs, span) };
}

async function versionCosts(endpoint: string, span: Span): Promise<VersionCost[]> {
  const { variants } = await readTraffic(endpoint, span);
  return variants.map((traffic) => ({
    endpoint,
    traffic,
    parts: costOf(traffic.summary, settings().SKIFF_PRICES, !traffic.shadow),
  }));
}

const sumOf = (costs: readonly VersionCost[]): CostParts =>
  costs.reduce((sum, { parts }) => addCosts(sum, parts), NO_COST);

function figuresOf(costs: readonly VersionCost[], { from, to }: Span) {
  const served = costs.filter(({ traffic }) => !traffic.shadow);
  const serving = sumOf(served);
  const shadows = sumOf(costs.filter(({ traffic }) => traffic.shadow));
  const predictions = served.reduce((sum, { traffic }) => sum + traffic.summary.rows, 0);
  const total = totalOf(serving) + totalOf(shadows);
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    currency: 'USD' as const,
    ...{ total, predictions },
    per1000Predictions: predictions > 0 ? (1000 * total) / predictions : null,
    ...{ serving, shadows },
    versions: costs.map(({ endpoint, traffic, parts }) => ({
      endpoint,
      ...{ variant: traffic.variant, model: traffic.model, version: traffic.version },
      ...{ shadow: traffic.shadow, predictions: traffic.summary.rows, total: totalOf(parts) },
    })),
  };
}

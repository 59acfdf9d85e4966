import type { WantedVariant } from '#slices/deployments';
import type { RolloutStrategy } from './schema.ts';

/** Weights of the new variant, step by step; the last is all there is. */
export function stepsOf(strategy: RolloutStrategy): number[] {
  if (strategy.kind === 'all-at-once') return [100];
  if (strategy.kind === 'canary') return [...strategy.steps, 100];
  const count = Math.ceil(100 / strategy.step);
  return Array.from({ length: count }, (_, i) =>
    i + 1 === count ? 100 : tenths((i + 1) * strategy.step),
  );
}

const tenths = (percent: number): number => Math.round(percent * 10) / 10;
const wholeTenths = (percent: number): number => Math.floor(percent * 10 + 1e-9) / 10;

/**
 * The variants at a step: the new one has its weight, the old ones share the rest as they shared
 * all before, in whole tenths; what is left over goes to the largest.
 */
export function variantsAt(
  fresh: Required<WantedVariant>,
  old: readonly { readonly name: string; readonly weight: number }[],
): WantedVariant[] {
  const rest = 100 - fresh.weight;
  if (rest <= 0) return [fresh];
  const shared = old.map(({ name, weight }) => ({
    name,
    weight: wholeTenths((weight * rest) / 100),
  }));
  const over = tenths(rest - shared.reduce((sum, { weight }) => sum + weight, 0));
  const largest = shared.reduce((a, b) => (b.weight > a.weight ? b : a));
  largest.weight = tenths(largest.weight + over);
  return [...shared, fresh];
}

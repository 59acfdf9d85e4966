import { sumToAll } from '#core/routing/slots.ts';

interface Spec {
  readonly variants: readonly { readonly name: string; readonly weight?: number | undefined }[];
  readonly shadows: readonly { readonly name: string }[];
  readonly strategy: { readonly kind: 'weighted' } | { readonly kind: 'bandit'; floor: number };
  readonly capture: {
    readonly share: number;
    readonly mask: readonly string[];
    readonly drop: readonly string[];
  };
}

type Say = (path: PropertyKey[], message: string) => void;

/** What no single field can say of an endpoint: each problem with the field that it lies in. */
export function checkSpec(spec: Spec, say: Say): void {
  checkNames(spec, say);
  checkWeights(spec, say);
  checkStrategy(spec, say);
  const masked = new Set(spec.capture.mask);
  const both = spec.capture.drop.findIndex((name) => masked.has(name));
  if (both >= 0) say(['capture', 'drop', both], 'is masked too: choose one of the two');
  checkShadows(spec, say);
}

/** Shadows score what was captured of the inputs. */
function checkShadows({ shadows, capture }: Spec, say: Say): void {
  if (shadows.length === 0) return;
  if (capture.share === 0) {
    say(['capture', 'share'], 'is 0, and shadows score what is captured: choose a share above 0');
  }
  for (const list of ['mask', 'drop'] as const) {
    if (capture[list].length === 0) continue;
    say(['capture', list], 'cannot be with shadows, which need what is captured as it was');
  }
}

function checkNames(spec: Spec, say: Say): void {
  const seen = new Set<string>();
  for (const list of ['variants', 'shadows'] as const) {
    for (const [i, { name }] of spec[list].entries()) {
      if (seen.has(name)) say([list, i, 'name'], `"${name}" stands twice: name each differently`);
      seen.add(name);
    }
  }
}

function checkWeights({ variants }: Spec, say: Say): void {
  const single = variants.length === 1;
  const missing = variants.findIndex(({ weight }) => weight === undefined);
  if (missing >= 0 && !single) {
    say(['variants', missing, 'weight'], 'is missing: each of several variants needs one');
    return;
  }
  const weights = variants.map(({ weight }) => weight ?? 100);
  if (sumToAll(weights)) return;
  const sum = Math.round(10 * weights.reduce((a, b) => a + b, 0)) / 10;
  say(['variants'], `the weights sum to ${sum}, not to 100`);
}

function checkStrategy({ strategy, variants }: Spec, say: Say): void {
  if (strategy.kind !== 'bandit') return;
  if (variants.length < 2) say(['strategy', 'kind'], 'a bandit needs at least two variants');
  if (strategy.floor * variants.length > 100) {
    say(
      ['strategy', 'floor'],
      `${variants.length} variants of at least ${strategy.floor} % are more than 100 %`,
    );
  }
}

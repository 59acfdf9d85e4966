import { HOUR_MS } from '#core/capture/keys.ts';
import { type TrafficSummary, TrafficTally } from '#core/traffic/summary.ts';
import { Gaps } from './gaps.ts';
import { readItems, type TrafficItem } from './store.ts';

/** All that one version got under the name of one variant in a span of time. */
export interface VariantTraffic {
  readonly variant: string;
  readonly model: string;
  readonly version: number;
  readonly revisions: readonly number[];
  /** It answered nobody: see `summary.disagreement`. */
  readonly shadow: boolean;
  readonly summary: TrafficSummary;
}

export interface Traffic {
  readonly variants: readonly VariantTraffic[];
  /** Requests that instances counted and whose summary was lost. */
  readonly missing: number;
  /** Where a step was asked for: spans with traffic, oldest first. */
  readonly steps: readonly {
    /** Milliseconds since the epoch. */
    readonly at: number;
    readonly variants: readonly VariantTraffic[];
  }[];
}

export interface TrafficSpan {
  /** Milliseconds since the epoch; whole minutes are taken. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** Milliseconds, whole minutes. */
  readonly step?: number | undefined;
  /** Only what this revision of the endpoint answered. */
  readonly revision?: number | undefined;
}

/**
 * What an endpoint's variants and shadows did in a span of time. Requests are in it when their
 * instance has written its summary: after some seconds, or when it ends (docs/capture.md).
 */
export async function readTraffic(
  endpoint: string,
  { from, to, step, revision }: TrafficSpan,
): Promise<Traffic> {
  const whole = new Groups();
  const steps = new Map<number, Groups>();
  const gaps = new Gaps();
  const finest = step === undefined ? HOUR_MS : step;
  for await (const item of readItems(endpoint, { from, to }, finest)) {
    if (revision !== undefined && item.revision !== revision) continue;
    whole.add(item);
    gaps.add(item);
    if (step === undefined) continue;
    const at = from + Math.floor((Date.parse(item.minute) - from) / step) * step;
    const groups = steps.get(at) ?? new Groups();
    steps.set(at, groups);
    groups.add(item);
  }
  return {
    variants: whole.variants(),
    missing: gaps.missing,
    steps: [...steps].map(([at, groups]) => ({ at, variants: groups.variants() })),
  };
}

interface Group {
  readonly first: TrafficItem;
  readonly revisions: Set<number>;
  readonly tally: TrafficTally;
}

/** Merges items by variant and version. */
class Groups {
  readonly #groups = new Map<string, Group>();

  add(item: TrafficItem): void {
    const { variant, model, version, revision, summary, shadow } = item;
    const key = `${shadow} ${variant} ${model} ${version}`;
    const group = this.#groups.get(key) ?? {
      ...{ first: item, revisions: new Set(), tally: new TrafficTally() },
    };
    this.#groups.set(key, group);
    group.revisions.add(revision);
    group.tally.merge(summary);
  }

  variants(): VariantTraffic[] {
    return [...this.#groups.values()].map(({ first, revisions, tally }) => ({
      ...{ variant: first.variant, model: first.model, version: first.version },
      ...{ revisions: [...revisions].sort((a, b) => a - b), shadow: first.shadow },
      summary: tally.toJSON(),
    }));
  }
}

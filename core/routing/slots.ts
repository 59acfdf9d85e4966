import { hashText } from '../profile/hash.ts';
import { Random } from '../random.ts';

/** Traffic is divided into so many equal slots: a weight is a multiple of a tenth of a percent. */
export const SLOTS = 1000;
const SLOTS_PER_PERCENT = SLOTS / 100;
/** One digit names a variant. */
export const MAX_VARIANTS = 10;

/** A variant's share of the traffic in percent. */
export interface Share {
  readonly name: string;
  readonly weight: number;
}

/** Whose each slot is: one digit per slot, the variant's position among `names`. */
export interface Assignment {
  readonly names: readonly string[];
  readonly slots: string;
}

/**
 * Gives each slot to a variant, by weight. A variant keeps the slots that it had as far as its
 * weight allows, so that no more moves than the weights' difference, and only to variants that
 * grew. That is why the slots are kept: for three variants or more, no hash of unit and weights
 * alone can do it (weighted rendezvous hashing, for one, lets units flow between two variants whose
 * weights stay). Which slots are given up is drawn anew each time, so that it is not always the
 * same units on whom a new version is tried.
 *
 * @param shares weights in tenths of a percent, summing to 100
 * @param seed a number that differs between revisions
 */
export function assignSlots(
  shares: readonly Share[],
  before: Assignment | undefined,
  seed: number,
): Assignment {
  const names = shares.map(({ name }) => name);
  const left = shares.map(({ weight }) => Math.round(weight * SLOTS_PER_PERCENT));
  const kept = before ? before.names.map((name) => names.indexOf(name)) : [];
  const slots = new Array<number>(SLOTS).fill(-1);
  const order = new Random(seed).shuffle(Array.from(slots, (_, slot) => slot));
  const take = (slot: number, variant: number) => {
    slots[slot] = variant;
    left[variant] = (left[variant] as number) - 1;
  };
  for (const slot of order) {
    const owner = before ? (kept[Number(before.slots[slot])] as number) : -1;
    if (owner >= 0 && (left[owner] as number) > 0) take(slot, owner);
  }
  for (const slot of order) {
    if (slots[slot] === -1)
      take(
        slot,
        left.findIndex((count) => count > 0),
      );
  }
  return { names, slots: slots.join('') };
}

/** The slot of a unit: the same for ever, as evenly spread as the hash. */
export const slotOf = (unit: string): number =>
  Math.floor(((hashText(unit)[0] as number) * SLOTS) / 2 ** 32);

/** Whether a weight is one that slots can express. */
export function isWeight(weight: number): boolean {
  const slots = weight * SLOTS_PER_PERCENT;
  return weight >= 0 && weight <= 100 && Math.abs(slots - Math.round(slots)) < 1e-6;
}

/** Whether they give out all of the traffic and no more. */
export const sumToAll = (weights: readonly number[]): boolean =>
  weights.reduce((sum, weight) => sum + Math.round(weight * SLOTS_PER_PERCENT), 0) === SLOTS;

/**
 * The weights nearest to these proportions that slots can express, by largest remainders.
 * @param proportions not negative, of any sum above 0
 */
export function toWeights(proportions: readonly number[]): number[] {
  const total = proportions.reduce((sum, proportion) => sum + proportion, 0);
  const exact = proportions.map((proportion) => (proportion / total) * SLOTS);
  const counts = exact.map(Math.floor);
  const missing = SLOTS - counts.reduce((sum, count) => sum + count, 0);
  const byRemainder = exact
    .map((value, i) => ({ i, remainder: value - (counts[i] as number) }))
    .sort((a, b) => b.remainder - a.remainder);
  for (const { i } of byRemainder.slice(0, missing)) counts[i] = (counts[i] as number) + 1;
  return counts.map((count) => count / SLOTS_PER_PERCENT);
}

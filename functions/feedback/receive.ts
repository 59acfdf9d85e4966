import { beyond, type Limits } from '#core/access/limits.ts';
import { type PredictionId, parsePredictionId } from '#core/prediction-id.ts';
import { logger } from '#shared/observability.ts';
import { getRevision } from '#slices/deployments';
import {
  type Feedback,
  type FeedbackResult,
  MAX_AGE_DAYS,
  type NewFeedback,
  type Outcome,
} from './schema.ts';
import { addFeedback, isSame, replaceFeedback } from './store.ts';

/** Writes at once: a thousand items take thirty rounds, and leave room to other callers. */
const PARALLEL = 32;
/** Clocks of instances that made predictions may be ahead by so much. */
const SKEW_MS = 60_000;
const MAX_AGE_MS = MAX_AGE_DAYS * 86_400_000;

export interface Sender {
  readonly actor: string;
  readonly limits?: Limits | undefined;
}

/**
 * Takes what turned out to be true, item by item: one that is refused holds up no other, and the
 * same request again changes nothing. Items about one prediction are taken in their order.
 */
export async function receiveFeedback(
  items: readonly NewFeedback[],
  sender: Sender,
  now = new Date(),
): Promise<FeedbackResult> {
  const chains = new Map<string, number[]>();
  const addressed = items.map(address);
  for (const [i, { id, row }] of addressed.entries()) {
    const key = `${id}:${row}`;
    chains.set(key, [...(chains.get(key) ?? []), i]);
  }
  const outcomes = new Array<Outcome>(items.length);
  await eachOf([...chains.values()], PARALLEL, async (chain) => {
    for (const i of chain) {
      const { id, row, parsed } = addressed[i] as Addressed;
      const verdict = await receiveOne(items[i] as NewFeedback, parsed, sender, now);
      outcomes[i] = { predictionId: id, row, ...verdict };
    }
  });
  const count = (result: Outcome['result']) =>
    outcomes.filter((outcome) => outcome.result === result).length;
  return {
    accepted: count('accepted'),
    duplicate: count('duplicate'),
    replaced: count('replaced'),
    refused: count('refused'),
    items: outcomes,
  };
}

/** Which prediction an item is about. */
interface Addressed {
  readonly id: string;
  readonly row: number;
  readonly parsed: PredictionId | undefined;
}

function address({ predictionId, row }: NewFeedback): Addressed {
  const parsed = parsePredictionId(predictionId);
  return { id: parsed?.id ?? predictionId, row: row ?? parsed?.row ?? 0, parsed };
}

type Verdict = Omit<Outcome, 'predictionId' | 'row'>;
const refuse = (code: NonNullable<Outcome['code']>, reason: string): Verdict => ({
  result: 'refused',
  code,
  reason,
});

async function receiveOne(
  item: NewFeedback,
  parsed: PredictionId | undefined,
  sender: Sender,
  now: Date,
): Promise<Verdict> {
  if (!parsed) return refuse('invalid', 'predictionId: is not one that a prediction answered');
  try {
    return (
      (await whyNot(item, parsed, sender, now)) ??
      (await keep(item, parsed, { sender, receivedAt: now.toISOString() }))
    );
  } catch (error) {
    logger.error('feedback was not kept', { error });
    return refuse('unavailable', 'it was not kept: send it again');
  }
}

async function whyNot(
  { row }: NewFeedback,
  parsed: PredictionId,
  { limits }: Sender,
  now: Date,
): Promise<Verdict | undefined> {
  const { endpoint, revision, variant, at } = parsed;
  const outside = limits && beyond(limits, { endpoints: [endpoint] });
  if (outside) return refuse('forbidden', `this token is limited to other names than ${outside}`);
  if (row !== undefined && parsed.row !== undefined && row !== parsed.row) {
    return refuse('invalid', `row: the prediction id says ${parsed.row}`);
  }
  if (at > now.getTime() + SKEW_MS) return refuse('invalid', 'predictionId: is from the future');
  if (at < now.getTime() - MAX_AGE_MS) {
    return refuse('invalid', `predictionId: is older than ${MAX_AGE_DAYS} days`);
  }
  if (await served(endpoint, revision, variant)) return undefined;
  return refuse('not-found', `revision ${revision} of "${endpoint}" has no variant "${variant}"`);
}

/** Revisions never change: what one had is read once per process. */
const known = new Map<string, ReadonlySet<string>>();
const MAX_KNOWN = 10_000;

async function served(endpoint: string, revision: number, variant: string): Promise<boolean> {
  const key = `${endpoint} ${revision}`;
  const variants = known.get(key) ?? (await variantsOf(endpoint, revision));
  if (variants && known.size < MAX_KNOWN) known.set(key, variants);
  return variants?.has(variant) ?? false;
}

async function variantsOf(endpoint: string, revision: number) {
  const found = await getRevision(endpoint, revision);
  return found && new Set(found.variants.map(({ name }) => name));
}

async function keep(
  item: NewFeedback,
  { id, endpoint, revision, variant, at, row: ownRow }: PredictionId,
  { sender, receivedAt }: { sender: Sender; receivedAt: string },
): Promise<Verdict> {
  const { label, value, at: knownAt, row = ownRow ?? 0, correct } = item;
  const feedback: Feedback = {
    ...{ predictionId: id, row, at: new Date(at).toISOString(), revision, variant },
    ...(label !== undefined && { label }),
    ...(value !== undefined && { value }),
    ...(knownAt !== undefined && { knownAt }),
    ...{ receivedAt, receivedFrom: sender.actor },
  };
  const before = await addFeedback(endpoint, feedback);
  if (!before) return { result: 'accepted' };
  if (isSame(before, feedback)) return { result: 'duplicate' };
  if (!correct) {
    return refuse('conflict', 'something else was said before: send it with "correct": true');
  }
  if (await replaceFeedback(endpoint, feedback, before)) return { result: 'replaced' };
  return refuse('conflict', 'it was corrected by someone else in this moment: look, then repeat');
}

/** Runs something for each, so many at a time. */
async function eachOf<T>(
  all: readonly T[],
  parallel: number,
  run: (one: T) => Promise<void>,
): Promise<void> {
  const queue = all.values();
  const work = async () => {
    for (const one of queue) await run(one);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, all.length) }, work));
}

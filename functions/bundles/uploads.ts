import { AppError } from '#core/errors.ts';
import { problemOf } from '#core/profile/problem.ts';
import { type Column, columnOf, type Table, textAt } from '#core/table/table.ts';
import { logger } from '#shared/observability.ts';
import { openOwn, tableOf } from '#shared/own-parquet.ts';
import { keepCapture, keepDeviceProfile, keepMinute, MAX_LATE_MS } from '#slices/traffic';
import { type DeviceVariant, deviceVariant, wrongColumn } from './device-columns.ts';
import type { CaptureItem, SummaryItem, UploadItem, UploadOutcome } from './device-schema.ts';

/** Clocks of devices may be ahead by so much. */
const SKEW_MS = 3_600_000;

type Verdict = Pick<UploadOutcome, 'result' | 'reason'>;

const refuse = (reason: string): Verdict => ({ result: 'refused', reason });
const kept = (isNew: boolean): Verdict => ({ result: isNew ? 'stored' : 'duplicate' });

/**
 * Takes what a device has gathered, item by item: one that is refused holds up no other, and what
 * comes a second time changes nothing.
 */
export async function receiveUpload(
  from: { readonly endpoint: string; readonly device: string },
  items: readonly UploadItem[],
  now = new Date(),
): Promise<UploadOutcome[]> {
  const outcomes: UploadOutcome[] = [];
  for (const item of items) {
    const verdict = await receiveOne(from, item, now).catch((error: unknown): Verdict => {
      if (error instanceof AppError && error.code !== 'unavailable') return refuse(error.message);
      logger.error('what a device sent was not kept', { ...from, kind: item.kind, error });
      return { result: 'failed', reason: 'it was not kept: send it again' };
    });
    outcomes.push({ id: item.id, ...verdict });
  }
  return outcomes;
}

async function receiveOne(
  { endpoint, device }: { readonly endpoint: string; readonly device: string },
  item: UploadItem,
  now: Date,
): Promise<Verdict> {
  const at = Date.parse(timeOf(item));
  if (at > now.getTime() + SKEW_MS) return refuse('is from the future: set the clock');
  if (at < now.getTime() - MAX_LATE_MS) return refuse('is older than 13 days');
  const variant = await deviceVariant(endpoint, item);
  if (!variant) {
    return refuse(`revision ${item.revision} of "${endpoint}" has no variant "${item.variant}"`);
  }
  const { model, version } = variant;
  if (item.kind === 'capture') return receiveCapture(endpoint, item, variant);
  if (item.kind === 'summary') return receiveSummary(endpoint, item, { variant, now });
  const { kind, ...profile } = item;
  const wrong = problemOf(profile.profile) ?? wrongColumn(variant, profile.profile.columns);
  if (wrong !== undefined) return refuse(`profile: ${wrong}`);
  return kept(await keepDeviceProfile(endpoint, { ...profile, device, model, version }));
}

const timeOf = (item: UploadItem): string =>
  item.kind === 'capture' ? item.at : item.kind === 'summary' ? item.minute : item.from;

/** What every row has, in columns of these kinds. */
const FACTS = {
  ...{ prediction_id: 'text', row: 'numeric', at: 'numeric', revision: 'numeric' },
  ...{ variant: 'text', model: 'text', version: 'numeric', latency_ms: 'numeric', unit: 'text' },
} as const;

async function receiveCapture(
  endpoint: string,
  item: CaptureItem,
  known: DeviceVariant,
): Promise<Verdict> {
  const { model, version } = known;
  const { id, variant, at, shadowed, revision } = item;
  const bytes = Buffer.from(item.base64, 'base64');
  const table = await readCapture(bytes);
  for (const [name, kind] of Object.entries(FACTS)) {
    if (columnOf(table, name)?.kind === kind) continue;
    return refuse(`base64: is no capture file: "${name}" is missing, or of another kind`);
  }
  for (const [name, value] of Object.entries({ variant, revision, model, version })) {
    const column = columnOf(table, name) as Column;
    for (let row = 0; row < table.rows; row++) {
      if (textAt(column, row) === String(value)) continue;
      return refuse(`base64: holds rows of another ${name}`);
    }
  }
  const wrong = wrongColumn(
    known,
    table.columns.filter(({ name }) => !(name in FACTS)),
  );
  if (wrong !== undefined) return refuse(`base64: ${wrong}`);
  const file = { endpoint, at: Date.parse(at), variant, id, shadowed };
  return kept(await keepCapture(file, bytes));
}

/** All of it, so that nobody finds out later that it cannot be read. */
async function readCapture(bytes: Uint8Array): Promise<Table> {
  try {
    return await tableOf(openOwn(bytes));
  } catch (error) {
    throw new AppError('invalid', `base64: is no capture file: ${(error as Error).message}`);
  }
}

/** A device costs none of our calls. */
const NO_CALLS = { calls: 0, handlerMs: 0, besideMs: 0, megabyteMs: 0 };

async function receiveSummary(
  endpoint: string,
  { minute, variant: name, revision, instance, before, summary }: SummaryItem,
  { variant, now }: { readonly variant: DeviceVariant; readonly now: Date },
): Promise<Verdict> {
  const { model, version } = variant;
  const item = { minute, variant: name, model, version, revision, instance, before };
  return kept(await keepMinute(endpoint, { ...item, summary: { ...summary, ...NO_CALLS } }, now));
}

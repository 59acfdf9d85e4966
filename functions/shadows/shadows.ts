import { type CaptureFile, parseCaptureKey, shadowKey } from '#core/capture/keys.ts';
import { minuteOf } from '#core/traffic/minutes.ts';
import { TrafficTally } from '#core/traffic/summary.ts';
import { readObject } from '#shared/objects.ts';
import { logger } from '#shared/observability.ts';
import type { ServingEndpoint } from '#slices/deployments';
import {
  awsSink,
  createService,
  fetchArtifact,
  fetchEndpoint,
  prepareTarget,
  summaryToWrite,
  type Target,
} from '#slices/inference';
import { type CaptureContent, type CaptureRow, readCaptureFile } from './capture-rows.ts';
import { type Scored, scoreCaptures } from './score.ts';
import { settings } from './settings.ts';
import { encodeShadow } from './shadow-file.ts';

/**
 * Has every shadow of an endpoint score a capture file's inputs. Doing it again writes the same
 * files and items again.
 *
 * @throws what makes it worth another try
 */
export async function scoreFile(key: string): Promise<void> {
  const started = performance.now();
  const file = parseCaptureKey(key);
  if (!file?.shadowed) return;
  const endpoint = await fetchEndpoint(settings().TABLE_NAME, file.endpoint);
  if (!endpoint || endpoint.shadows.length === 0) return;
  const { bytes } = await readObject({ bucket: settings().DATA_BUCKET, key });
  const content = await readCaptureFile(bytes);
  const results: Result[] = [];
  for (const shadow of endpoint.shadows) {
    const target = prepareTarget(endpoint, { ...shadow, weight: 0 });
    results.push({ target, minutes: await scoreMinutes(target, content) });
  }
  // The function's whole time, once: what came after is as little as it was before.
  const [first] = results[0]?.minutes.values() ?? [];
  first?.tally.addCall(performance.now() - started, settings().memoryMb);
  for (const result of results) await write(file, result);
  const { name } = endpoint;
  logger.info('shadows scored', { endpoint: name, file: key, shadows: results.length });
}

interface Result {
  readonly target: Target;
  readonly minutes: ReadonlyMap<string, Scored>;
}

/** By the minute that the live version answered in. */
async function scoreMinutes(target: Target, content: CaptureContent): Promise<Map<string, Scored>> {
  const minutes = Map.groupBy(content.requests, ([row]) =>
    minuteOf((row as CaptureRow).at.getTime()),
  );
  const scored = new Map<string, Scored>();
  for (const [minute, requests] of minutes) {
    scored.set(minute, await scoreCaptures(service(), target, { ...content, requests }));
  }
  return scored;
}

async function write(file: CaptureFile, { target, minutes }: Result): Promise<void> {
  const sink = awsSink({ table: settings().TABLE_NAME, bucket: settings().DATA_BUCKET });
  const requests = [...minutes.values()].flatMap((scored) => scored.requests);
  if (requests.length > 0) {
    const bytes = encodeShadow(target, { requests, tally: new TrafficTally() });
    await sink.putFile(shadowKey(file, target.variant.name), bytes);
    const [first] = minutes.values();
    if (first) first.tally.files++;
  }
  for (const [minute, { tally }] of minutes) {
    const summary = summaryToWrite(tally);
    await sink.putSummary({ target, minute, instance: file.id, before: 0, summary, shadow: true });
  }
}

let shared: ReturnType<typeof createService> | undefined;

/** Models stay loaded between files. */
function service() {
  shared ??= createService({
    fetchEndpoint: async (): Promise<ServingEndpoint | undefined> => undefined,
    fetchArtifact: (artifact) => fetchArtifact(settings().ARTIFACTS_BUCKET, artifact),
    functionMegabytes: settings().memoryMb,
    warn: (message, cause) => logger.warn(message, { cause }),
  });
  return shared;
}

import * as z from 'zod';
import { type DeviceProfile, SummedRows } from '#core/capture/device-profile.ts';
import { hourPrefix, hoursOf } from '#core/capture/keys.ts';
import { listKeys } from '#shared/object-streams.ts';
import { putNew, readObject } from '#shared/objects.ts';
import { passOver } from './pass-over.ts';
import { settings } from './settings.ts';

const KeptRows = SummedRows.extend({ model: z.string(), version: z.int().nonnegative() });

/** With what the cloud knows of its variant. */
type KeptRows = z.infer<typeof KeptRows>;

export type KeptProfile = KeptRows & DeviceProfile & { readonly device: string };

/** @returns false where it was kept before */
export const keepDeviceProfile = (endpoint: string, kept: KeptProfile): Promise<boolean> =>
  keep(endpoint, kept.id, kept);

/** Of a job, once, provided that its times are always the same. @returns false where it was kept before */
export const keepJobProfile = (
  endpoint: string,
  kept: KeptRows & { readonly job: string },
): Promise<boolean> => keep(endpoint, `job-${kept.job}`, kept);

function keep(endpoint: string, id: string, kept: KeptRows): Promise<boolean> {
  const prefix = hourPrefix('row-profiles', endpoint, Date.parse(kept.from));
  const key = `${prefix}${kept.variant}-${id}.json`;
  return putNew({ bucket: settings().DATA_BUCKET, key }, Buffer.from(JSON.stringify(kept)));
}

export interface SummedQuery {
  readonly endpoint: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** All of them where it is left out. */
  readonly variant?: string | undefined;
  readonly version?: number | undefined;
}

/** What devices and jobs summed up, where it lies within the span as a whole. */
export async function* readSummedRows(query: SummedQuery): AsyncGenerator<KeptRows> {
  const { endpoint, from, to, variant, version } = query;
  const { DATA_BUCKET: bucket } = settings();
  for (const hour of hoursOf(from, to)) {
    for await (const key of listKeys(bucket, hourPrefix('row-profiles', endpoint, hour))) {
      const { bytes } = await readObject({ bucket, key });
      const kept = keptIn(key, bytes);
      if (!kept) continue;
      if (variant !== undefined && kept.variant !== variant) continue;
      if (version !== undefined && kept.version !== version) continue;
      if (Date.parse(kept.from) >= from && Date.parse(kept.to) <= to) yield kept;
    }
  }
}

/** Undefined where it cannot be merged with anything. */
function keptIn(key: string, bytes: Uint8Array): KeptRows | undefined {
  try {
    return KeptRows.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    passOver(key, error);
    return undefined;
  }
}

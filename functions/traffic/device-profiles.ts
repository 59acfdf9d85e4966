import { DeviceProfile } from '#core/capture/device-profile.ts';
import { hourPrefix, hoursOf } from '#core/capture/keys.ts';
import { listKeys } from '#shared/object-streams.ts';
import { putNew, readObject } from '#shared/objects.ts';
import { settings } from './settings.ts';

/** With what the cloud knows of its variant. */
export interface KeptProfile extends DeviceProfile {
  readonly device: string;
  readonly model: string;
  readonly version: number;
}

/** @returns false where it was kept before */
export function keepDeviceProfile(endpoint: string, kept: KeptProfile): Promise<boolean> {
  const prefix = hourPrefix('device-profiles', endpoint, Date.parse(kept.from));
  const key = `${prefix}${kept.variant}-${kept.id}.json`;
  return putNew({ bucket: settings().DATA_BUCKET, key }, Buffer.from(JSON.stringify(kept)));
}

export interface ProfileQuery {
  readonly endpoint: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly variant: string;
  readonly version: number;
}

/** What devices summed up of a version, where it lies within the span as a whole. */
export async function* readDeviceProfiles(query: ProfileQuery): AsyncGenerator<DeviceProfile> {
  const { endpoint, from, to, variant, version } = query;
  const { DATA_BUCKET: bucket } = settings();
  for (const hour of hoursOf(from, to)) {
    for await (const key of listKeys(bucket, hourPrefix('device-profiles', endpoint, hour))) {
      const { bytes } = await readObject({ bucket, key });
      const { device, model, ...kept } = JSON.parse(Buffer.from(bytes).toString('utf8'));
      if (kept.variant !== variant || kept.version !== version) continue;
      const { version: _, ...own } = kept;
      const profile = DeviceProfile.parse(own);
      if (Date.parse(profile.from) >= from && Date.parse(profile.to) <= to) yield profile;
    }
  }
}

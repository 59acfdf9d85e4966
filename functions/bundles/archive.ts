import { tarEnd, tarHeader, tarPadding, tarSize } from '#core/bundle/tar.ts';
import { AppError } from '#core/errors.ts';
import { ObjectReader, ObjectWriter } from '#shared/object-streams.ts';
import type { ObjectRef } from '#shared/objects.ts';
import type { BundleFile } from './content.ts';
import { settings } from './settings.ts';

/**
 * Writes an archive, model by model as its bytes come: what is held does not grow with it.
 * @throws AppError `unprocessable` where it is larger than devices take
 */
export async function writeArchive(
  to: ObjectRef,
  files: readonly BundleFile[],
): Promise<{ sha256: string; bytes: number }> {
  const size = tarSize(files.map(({ sizeBytes }) => sizeBytes));
  const most = settings().SKIFF_MAX_BUNDLE_BYTES;
  if (size > most) {
    throw new AppError('unprocessable', `the bundle would have ${size} bytes, at most ${most}`);
  }
  const writer = new ObjectWriter(to);
  try {
    for (const file of files) {
      await writer.write(tarHeader(file.name, file.sizeBytes));
      for await (const piece of contentOf(file)) await writer.write(piece);
      await writer.write(tarPadding(file.sizeBytes));
    }
    await writer.write(tarEnd());
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  return writer.finish();
}

async function* contentOf({ bytes, sha256, sizeBytes }: BundleFile): AsyncGenerator<Uint8Array> {
  if (bytes) return yield bytes;
  const ref = { bucket: settings().ARTIFACTS_BUCKET, key: `artifacts/sha256/${sha256}` };
  yield* new ObjectReader(ref, sizeBytes).read();
}

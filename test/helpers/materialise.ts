import type { EmbeddingPlan } from '#core/onnx/embed.ts';
import { concat } from '#core/onnx/protobuf.ts';

/** The artifact of a plan in memory, from companion files by their location. */
export const materialise = (
  { segments }: EmbeddingPlan,
  files: ReadonlyMap<string, Uint8Array>,
): Uint8Array =>
  concat(
    segments.map((segment) => {
      if ('bytes' in segment) return segment.bytes;
      const { location, offset, length } = segment;
      return (files.get(location) as Uint8Array).subarray(offset, offset + length);
    }),
  );

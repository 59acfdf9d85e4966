import { concat } from '#core/onnx/protobuf.ts';

/** Numbers that lengths, counts and tags are apt to break at. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff];

/** The bytes with one to four random faults: bytes changed, taken out, put in, moved, or cut off. */
export function damage(bytes: Uint8Array, random: () => number): Uint8Array {
  const below = (end: number) => Math.floor(random() * end);
  const noise = (length: number) =>
    Uint8Array.from({ length }, () =>
      random() < 0.5 ? (EDGES[below(EDGES.length)] as number) : below(256),
    );
  let damaged = bytes;
  for (let faults = 1 + below(4); faults > 0; faults--) {
    // Faults near the start hit lengths and versions rather than weights.
    const at = below(random() < 0.5 ? Math.min(damaged.length, 400) : damaged.length);
    const head = damaged.subarray(0, at);
    const kind = below(16);
    if (kind === 0) damaged = head;
    else if (kind < 3) damaged = concat([head, noise(1 + below(16)), damaged.subarray(at)]);
    else if (kind < 5) damaged = concat([head, damaged.subarray(at + 1 + below(16))]);
    else if (kind === 5) {
      const from = below(damaged.length);
      const piece = damaged.subarray(from, from + below(200));
      damaged = concat([head, piece, damaged.subarray(at)]);
    } else damaged = concat([head, noise(1), damaged.subarray(at + 1)]);
  }
  return damaged;
}

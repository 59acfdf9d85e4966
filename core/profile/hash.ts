/** Two 32-bit hashes of one value, in an array that the next call overwrites. */
export type Hash = Uint32Array;

const out = new Uint32Array(2);
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);

/** Of a number; 0 and −0 are the same value. */
export function hashNumber(value: number): Hash {
  double[0] = value + 0;
  return finish(words[0] as number, words[1] as number);
}

/** Of a text, by its UTF-16 code units. */
export function hashText(text: string): Hash {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x5bd1e995) + i;
  }
  return finish(a, b);
}

function finish(a: number, b: number): Hash {
  const first = mix(a ^ Math.imul(b, 0x9e3779b1));
  out[0] = first;
  out[1] = mix(b + Math.imul(first, 0x85ebca77));
  return out;
}

/** The finaliser of MurmurHash3 (Appleby): every bit of the input reaches every bit of the output. */
function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

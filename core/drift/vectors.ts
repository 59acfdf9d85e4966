import type { Random } from '#core/random.ts';

/** Rows of equal length one after the other: embeddings, images, or standardised columns. */
export interface Vectors {
  readonly size: number;
  readonly values: Float32Array | Float64Array;
}

export const rowsIn = ({ size, values }: Vectors): number => values.length / size;

/** At most so many rows, drawn without replacement. */
export function drawRows(vectors: Vectors, rows: number, random: Random): Vectors {
  if (rowsIn(vectors) <= rows) return vectors;
  const { size, values } = vectors;
  const drawn = new Float64Array(rows * size);
  for (const [i, row] of random.sample(rowsIn(vectors), rows).entries()) {
    drawn.set(values.subarray(row * size, (row + 1) * size), i * size);
  }
  return { size, values: drawn };
}

/** Squared Euclidean distances between all rows of both, the reference's first: N × N by row. */
export function squaredDistances(reference: Vectors, current: Vectors): Float64Array {
  const { size } = reference;
  const all = new Float64Array(reference.values.length + current.values.length);
  all.set(reference.values);
  all.set(current.values, reference.values.length);
  const rows = all.length / size;
  const distances = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let k = 0; k < size; k++) {
        sum += ((all[i * size + k] as number) - (all[j * size + k] as number)) ** 2;
      }
      distances[i * rows + j] = sum;
      distances[j * rows + i] = sum;
    }
  }
  return distances;
}

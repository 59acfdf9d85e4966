/** Longer lists are rare: they are left to the engine, whose sort takes long to be called. */
const SHORT = 256;
/** So many are sorted by inserting, which is quickest for a few; then they are merged. */
const BLOCK = 48;

/** Sorts the first values upwards, so many of them. */
export function sortFirst(values: Float64Array, size: number): void {
  if (size > SHORT) {
    values.subarray(0, size).sort();
    return;
  }
  for (let start = 0; start < size; start += BLOCK) {
    const end = Math.min(size, start + BLOCK);
    insert(values, start, end);
    merge(values, start, end);
  }
}

/** The same, sooner where they are a few runs that are sorted. */
export function sortRuns(values: Float64Array, size: number): void {
  if (size > SHORT) {
    values.subarray(0, size).sort();
    return;
  }
  for (let start = 1, end = 2; start < size; start = end++) {
    while (end < size && (values[end] as number) >= (values[end - 1] as number)) end++;
    merge(values, start, end);
  }
}

/** Sorts the values from start to end. */
function insert(values: Float64Array, start: number, end: number): void {
  for (let i = start + 1; i < end; i++) {
    const value = values[i] as number;
    let at = i;
    for (; at > start && (values[at - 1] as number) > value; at--) {
      values[at] = values[at - 1] as number;
    }
    values[at] = value;
  }
}

const run = new Float64Array(SHORT);

/** Merges the sorted values from start to end into the sorted ones before. */
function merge(values: Float64Array, start: number, end: number): void {
  for (let i = start; i < end; i++) run[i - start] = values[i] as number;
  let below = start - 1;
  let last = end - start - 1;
  for (let to = end - 1; below >= 0 && last >= 0; to--) {
    const isBelow = (values[below] as number) > (run[last] as number);
    values[to] = (isBelow ? values[below--] : run[last--]) as number;
  }
  for (; last >= 0; last--) values[last] = run[last] as number;
}

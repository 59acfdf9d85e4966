import type { Random } from '#core/random.ts';
import { distance, isGap, nearestAllowed, type Space, takePoints } from './space.ts';

/** Whether each point gets another decision than the row it was made from. */
export type IsAdversarial = (points: Float64Array, rows: Int32Array) => Promise<Uint8Array>;

export interface BoundaryOptions {
  /** Steps along the boundary. */
  readonly steps: number;
  /** Points around the boundary by row and step, to tell its direction from. */
  readonly probes: number;
  readonly random: Random;
}

const SEARCH_ROUNDS = 10;
const SHRINK_ROUNDS = 6;

/**
 * The nearest inputs with another decision that a search by decisions alone finds, after
 * HopSkipJump (Chen et al. 2020): walk to the boundary by bisection, tell its direction from
 * decisions around it, step that way, and bisect again. All rows advance together.
 *
 * @param starts a point with another decision for each row
 * @returns points with another decision, and their distances in standard deviations
 */
export async function boundarySearch(
  space: Space,
  { points, starts }: { points: Float64Array; starts: Float64Array },
  isAdversarial: IsAdversarial,
  { steps, probes, random }: BoundaryOptions,
): Promise<{ points: Float64Array; distances: Float64Array }> {
  const search: Search = { space, points, isAdversarial, width: space.columns.length };
  const best = await bisect(search, starts);
  let distances = distancesOf(search, best);
  for (let step = 1; step <= steps; step++) {
    const directions = await estimateDirections(search, best, { distances, probes, random });
    const stepped = await stepAway(search, best, { directions, distances, step });
    const next = await bisect(search, stepped);
    keepNearer(search, best, next);
    distances = distancesOf(search, best);
  }
  return { points: best, distances };
}

interface Search {
  readonly space: Space;
  readonly points: Float64Array;
  readonly isAdversarial: IsAdversarial;
  readonly width: number;
}

const rowsOf = ({ points, width }: Search): Int32Array =>
  new Int32Array(points.length / width).map((_, row) => row);

const distancesOf = (search: Search, found: Float64Array): Float64Array =>
  Float64Array.from(rowsOf(search), (row) => {
    const [from, to] = [row * search.width, (row + 1) * search.width];
    return distance(search.space, search.points.subarray(from, to), found.subarray(from, to));
  });

/** Between the row (share 0) and an adversarial point (share 1), the nearest that still is one. */
async function bisect(search: Search, adversarial: Float64Array): Promise<Float64Array> {
  const rows = rowsOf(search);
  const lower = new Float64Array(rows.length);
  const upper = new Float64Array(rows.length).fill(1);
  const best = adversarial.slice();
  for (let round = 0; round < SEARCH_ROUNDS; round++) {
    const middles = rows.reduce((shares, row) => {
      shares[row] = (lower[row]! + upper[row]!) / 2;
      return shares;
    }, new Float64Array(rows.length));
    const tried = between(search, adversarial, middles);
    const found = await search.isAdversarial(tried, rows);
    for (const row of rows) {
      if (found[row] === 1) {
        upper[row] = middles[row]!;
        copyRow(search, tried, { row, into: best });
      } else lower[row] = middles[row]!;
    }
  }
  return best;
}

/** A category is the row's up to the middle. */
function between({ space, points, width }: Search, far: Float64Array, shares: Float64Array) {
  const mixed = far.slice();
  for (let row = 0; row < shares.length; row++) {
    const share = shares[row]!;
    for (const i of space.movable) {
      const at = row * width + i;
      const { dimension } = space.columns[i]!;
      const near = points[at]!;
      if (dimension.kind === 'number') {
        mixed[at] = nearestAllowed(dimension, near + share * (far[at]! - near));
      } else if (share <= 0.5) mixed[at] = near;
    }
  }
  return mixed;
}

function copyRow(
  { width }: Search,
  from: Float64Array,
  { row, into }: { row: number; into: Float64Array },
): void {
  into.set(from.subarray(row * width, (row + 1) * width), row * width);
}

/** Radius of the probes, as a share of the distance: the paper's 1 ÷ dimensions, kept in bounds. */
const probeShare = (dimensions: number): number => Math.min(0.1, Math.max(0.01, 1 / dimensions));

/**
 * Monte Carlo estimate of the boundary's normal by row, of unit length in standard deviations,
 * with the mean decision as baseline (equation 16 of the paper).
 */
async function estimateDirections(
  search: Search,
  best: Float64Array,
  { distances, probes, random }: { distances: Float64Array; probes: number; random: Random },
): Promise<Float64Array> {
  const { space, width } = search;
  const rows = new Int32Array(distances.length * probes).map((_, i) => Math.floor(i / probes));
  const tried = takePoints(best, rows, width);
  const offsets = new Float64Array(tried.length);
  const share = probeShare(space.movable.length);
  for (const [probe, row] of rows.entries()) {
    const unit = randomUnit(space, random);
    const at = probe * width;
    move(space, tried.subarray(at, at + width), { unit, length: share * distances[row]! });
    offsets.set(unit, at);
  }
  const found = await search.isAdversarial(tried, rows);
  return meanOffsets({ found, offsets, rows, probes, width });
}

/** Uniform on the sphere over the numbers; categories stay. */
function randomUnit({ columns }: Space, random: Random): Float64Array {
  const unit = Float64Array.from(columns, ({ dimension }) =>
    dimension.kind === 'number' ? random.normal() : 0,
  );
  return normalised(unit);
}

function normalised(vector: Float64Array): Float64Array {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** Moves a point in place, within what is allowed. */
function move(
  space: Space,
  point: Float64Array,
  { unit, length }: { unit: Float64Array; length: number },
): void {
  for (const i of space.movable) {
    const { dimension } = space.columns[i]!;
    if (dimension.kind !== 'number' || isGap(space, i, point[i]!)) continue;
    point[i] = nearestAllowed(dimension, point[i]! + unit[i]! * length * dimension.deviation);
  }
}

function meanOffsets({
  found,
  offsets,
  rows,
  probes,
  width,
}: {
  found: Uint8Array;
  offsets: Float64Array;
  rows: Int32Array;
  probes: number;
  width: number;
}): Float64Array {
  const count = rows.length / probes;
  const directions = new Float64Array(count * width);
  for (let row = 0; row < count; row++) {
    const signs = Float64Array.from(found.subarray(row * probes, (row + 1) * probes), signOf);
    const mean = signs.reduce((sum, sign) => sum + sign, 0) / probes;
    const baseline = Math.abs(mean) === 1 ? 0 : mean;
    const sum = new Float64Array(width);
    for (let probe = 0; probe < probes; probe++) {
      const at = (row * probes + probe) * width;
      for (let i = 0; i < width; i++) sum[i]! += (signs[probe]! - baseline) * offsets[at + i]!;
    }
    directions.set(normalised(sum), row * width);
  }
  return directions;
}

const signOf = (adversarial: number): number => 2 * adversarial - 1;

/** Steps of distance ÷ √step, halved until the point is adversarial; else the row stays. */
async function stepAway(
  search: Search,
  best: Float64Array,
  {
    directions,
    distances,
    step,
  }: { directions: Float64Array; distances: Float64Array; step: number },
): Promise<Float64Array> {
  const { space, width } = search;
  const stepped = best.slice();
  let open = rowsOf(search);
  for (let round = 0; round < SHRINK_ROUNDS && open.length > 0; round++) {
    const tried = takePoints(best, open, width);
    for (const [position, row] of open.entries()) {
      const unit = directions.subarray(row * width, (row + 1) * width);
      const length = distances[row]! / Math.sqrt(step) / 2 ** round;
      move(space, tried.subarray(position * width, (position + 1) * width), { unit, length });
    }
    const found = await search.isAdversarial(tried, open);
    for (const [position, row] of open.entries()) {
      if (found[position] !== 1) continue;
      stepped.set(tried.subarray(position * width, (position + 1) * width), row * width);
    }
    open = open.filter((_, position) => found[position] !== 1);
  }
  return stepped;
}

function keepNearer(search: Search, best: Float64Array, next: Float64Array): void {
  const [before, after] = [distancesOf(search, best), distancesOf(search, next)];
  for (const row of rowsOf(search)) {
    if (after[row]! < before[row]!) copyRow(search, next, { row, into: best });
  }
}

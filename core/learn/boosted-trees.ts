import { FeatureBins } from './binned-features.ts';

export interface BoostingOptions {
  readonly loss: 'squared' | 'logistic';
  readonly rounds?: number;
  readonly depth?: number;
  readonly learningRate?: number;
  /** Rows a leaf must hold. */
  readonly leafRows?: number;
}

/** A node splits at code ≤ cut to the left; a leaf has feature −1. Children of i: 2i + 1, 2i + 2. */
interface Tree {
  readonly feature: Int16Array;
  readonly cut: Uint8Array;
  readonly value: Float64Array;
}

/** Added to the second derivatives of each leaf, as XGBoost's lambda. */
const LAMBDA = 1;

/**
 * Gradient boosting of small trees on binned features (Friedman 2001; splits by second-order gain as
 * Chen and Guestrin 2016; histograms as LightGBM). No randomness: the same rows give the same model.
 */
export class BoostedTrees {
  readonly #bins: FeatureBins;
  readonly #trees: Tree[] = [];
  readonly #base: number;
  readonly #logistic: boolean;

  /** @param features by column, NaN where missing  @param target by row; 0 or 1 for `logistic` */
  constructor(
    features: readonly Float64Array[],
    target: Float64Array,
    { loss, rounds = 60, depth = 3, learningRate = 0.1, leafRows = 20 }: BoostingOptions,
  ) {
    this.#bins = new FeatureBins(features);
    this.#logistic = loss === 'logistic';
    const mean = target.reduce((sum, value) => sum + value, 0) / target.length;
    this.#base = this.#logistic ? Math.log(mean / (1 - mean)) : mean;
    const codes = this.#bins.encode(features);
    const scores = new Float64Array(target.length).fill(this.#base);
    const grower = new Grower(codes, { depth, learningRate, leafRows });
    for (let round = 0; round < rounds; round++) {
      this.#trees.push(grower.grow(target, scores, this.#logistic));
    }
  }

  /** Estimated values, or probabilities of 1 for `logistic`. */
  predict(features: readonly Float64Array[]): Float64Array {
    const codes = this.#bins.encode(features);
    const scores = new Float64Array(features[0]?.length ?? 0).fill(this.#base);
    for (const tree of this.#trees) addTree(tree, codes, scores);
    return this.#logistic ? scores.map(sigmoid) : scores;
  }
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function addTree(
  { feature, cut, value }: Tree,
  codes: readonly Uint8Array[],
  scores: Float64Array,
) {
  for (let row = 0; row < scores.length; row++) {
    let node = 0;
    for (let f = feature[0] as number; f >= 0; f = feature[node] as number) {
      node = 2 * node + ((codes[f] as Uint8Array)[row]! <= (cut[node] as number) ? 1 : 2);
    }
    scores[row] = (scores[row] as number) + (value[node] as number);
  }
}

interface Split {
  readonly feature: number;
  readonly cut: number;
  readonly gain: number;
}

/** Grows trees level by level on the same rows, reusing its memory. */
class Grower {
  readonly #codes: readonly Uint8Array[];
  readonly #options: { depth: number; learningRate: number; leafRows: number };
  readonly #node: Uint8Array;
  readonly #gradients: Float64Array;
  readonly #curvatures: Float64Array;
  /** By node of a level and code: gradients, curvatures, rows. */
  readonly #histogram: Float64Array;

  constructor(
    codes: readonly Uint8Array[],
    options: { depth: number; learningRate: number; leafRows: number },
  ) {
    const rows = codes[0]?.length ?? 0;
    this.#codes = codes;
    this.#options = options;
    this.#node = new Uint8Array(rows);
    this.#gradients = new Float64Array(rows);
    this.#curvatures = new Float64Array(rows);
    this.#histogram = new Float64Array(2 ** options.depth * FeatureBins.codes * 3);
  }

  /** One more tree; adds it to the scores. */
  grow(target: Float64Array, scores: Float64Array, logistic: boolean): Tree {
    this.#derive(target, scores, logistic);
    const nodes = 2 ** (this.#options.depth + 1) - 1;
    const tree = {
      feature: new Int16Array(nodes).fill(-1),
      cut: new Uint8Array(nodes),
      value: new Float64Array(nodes),
    };
    this.#node.fill(0);
    for (let level = 0; level < this.#options.depth; level++) {
      if (!this.#splitLevel(tree, level)) break;
    }
    this.#fillLeaves(tree, nodes);
    for (let row = 0; row < scores.length; row++) {
      scores[row] = (scores[row] as number) + (tree.value[this.#node[row] as number] as number);
    }
    return tree;
  }

  #derive(target: Float64Array, scores: Float64Array, logistic: boolean): void {
    for (let row = 0; row < scores.length; row++) {
      const predicted = logistic ? sigmoid(scores[row] as number) : (scores[row] as number);
      this.#gradients[row] = predicted - (target[row] as number);
      this.#curvatures[row] = logistic ? predicted * (1 - predicted) : 1;
    }
  }

  #splitLevel(tree: Tree, level: number): boolean {
    const first = 2 ** level - 1;
    const best: (Split | undefined)[] = new Array(2 ** level).fill(undefined);
    for (const [feature, codes] of this.#codes.entries()) {
      this.#count(codes, first, 2 ** level);
      for (let i = 0; i < 2 ** level; i++) {
        const split = this.#bestCut(i, feature);
        if (split && split.gain > (best[i]?.gain ?? 1e-9)) best[i] = split;
      }
    }
    for (const [i, split] of best.entries()) {
      if (!split) continue;
      tree.feature[first + i] = split.feature;
      tree.cut[first + i] = split.cut;
    }
    this.#descend(tree, first, 2 ** level);
    return best.some((split) => split !== undefined);
  }

  #count(codes: Uint8Array, first: number, width: number): void {
    const histogram = this.#histogram.fill(0, 0, width * FeatureBins.codes * 3);
    for (let row = 0; row < codes.length; row++) {
      const node = (this.#node[row] as number) - first;
      if (node < 0) continue;
      const at = (node * FeatureBins.codes + (codes[row] as number)) * 3;
      histogram[at] = (histogram[at] as number) + (this.#gradients[row] as number);
      histogram[at + 1] = (histogram[at + 1] as number) + (this.#curvatures[row] as number);
      histogram[at + 2] = (histogram[at + 2] as number) + 1;
    }
  }

  #bestCut(node: number, feature: number): Split | undefined {
    const start = node * FeatureBins.codes * 3;
    const cells = this.#histogram.subarray(start, start + FeatureBins.codes * 3);
    const [g, h, n] = totals(cells);
    let [left, leftH, leftN] = [0, 0, 0];
    let best: Split | undefined;
    for (let cut = 0; cut < FeatureBins.codes - 1; cut++) {
      left += cells[3 * cut] as number;
      leftH += cells[3 * cut + 1] as number;
      leftN += cells[3 * cut + 2] as number;
      if (leftN < this.#options.leafRows || cells[3 * cut + 2] === 0) continue;
      if (n - leftN < this.#options.leafRows) break;
      const gain =
        left ** 2 / (leftH + LAMBDA) +
        (g - left) ** 2 / (h - leftH + LAMBDA) -
        g ** 2 / (h + LAMBDA);
      if (gain > (best?.gain ?? 0)) best = { feature, cut, gain };
    }
    return best;
  }

  #descend({ feature, cut }: Tree, first: number, width: number): void {
    for (let row = 0; row < this.#node.length; row++) {
      const node = this.#node[row] as number;
      const split = feature[node] as number;
      if (node < first || node >= first + width || split < 0) continue;
      const isLeft = (this.#codes[split] as Uint8Array)[row]! <= (cut[node] as number);
      this.#node[row] = 2 * node + (isLeft ? 1 : 2);
    }
  }

  #fillLeaves({ value }: Tree, nodes: number): void {
    const gradients = new Float64Array(nodes);
    const curvatures = new Float64Array(nodes);
    for (let row = 0; row < this.#node.length; row++) {
      const node = this.#node[row] as number;
      gradients[node] = (gradients[node] as number) + (this.#gradients[row] as number);
      curvatures[node] = (curvatures[node] as number) + (this.#curvatures[row] as number);
    }
    for (let node = 0; node < nodes; node++) {
      const step = -(gradients[node] as number) / ((curvatures[node] as number) + LAMBDA);
      value[node] = this.#options.learningRate * step;
    }
  }
}

function totals(cells: Float64Array): [number, number, number] {
  let [g, h, n] = [0, 0, 0];
  for (let at = 0; at < cells.length; at += 3) {
    g += cells[at] as number;
    h += cells[at + 1] as number;
    n += cells[at + 2] as number;
  }
  return [g, h, n];
}

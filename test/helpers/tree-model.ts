import type { Signature } from '#core/signature/schema.ts';
import { random } from './random.ts';
import { type TinyAttribute, tinyModel } from './tiny-model.ts';

export interface TreeSize {
  readonly trees: number;
  readonly depth: number;
  readonly features: number;
}

/** A binary classifier of complete random trees, with thresholds where N(0,1) rows spread. */
export function treeModel(size: TreeSize): { model: Uint8Array; signature: Signature } {
  const input = { name: 'x', datatype: 'FP32' as const, shape: ['N', size.features] };
  const label = { name: 'label', datatype: 'INT64' as const, shape: ['N'] };
  const probabilities = { name: 'probabilities', datatype: 'FP32' as const, shape: ['N', 2] };
  const node = {
    operator: 'TreeEnsembleClassifier',
    domain: 'ai.onnx.ml',
    inputs: ['x'],
    outputs: ['label', 'probabilities'],
    attributes: ensemble(size),
  };
  return {
    model: tinyModel({ nodes: [node], inputs: [input], outputs: [label, probabilities] }),
    signature: {
      inputs: [input],
      outputs: [
        { ...label, role: 'label' },
        { ...probabilities, role: 'probabilities' },
      ],
      classes: ['no', 'yes'],
    },
  };
}

function ensemble({ trees, depth, features }: TreeSize): Record<string, TinyAttribute> {
  const next = random(1);
  const inner = 2 ** depth - 1;
  const perTree = 2 ** (depth + 1) - 1;
  const everyNode = <T>(value: (node: number, tree: number) => T): T[] =>
    Array.from({ length: trees * perTree }, (_, i) => value(i % perTree, Math.floor(i / perTree)));
  const leaves = everyNode((node, tree) => ({ node, tree })).filter(({ node }) => node >= inner);
  return {
    nodes_treeids: { integers: everyNode((_, tree) => tree) },
    nodes_nodeids: { integers: everyNode((node) => node) },
    nodes_featureids: { integers: everyNode(() => Math.floor(next() * features)) },
    nodes_values: { floats: everyNode(() => 2 * next() - 1) },
    nodes_modes: { strings: everyNode((node) => (node < inner ? 'BRANCH_LEQ' : 'LEAF')) },
    nodes_truenodeids: { integers: everyNode((node) => (node < inner ? 2 * node + 1 : 0)) },
    nodes_falsenodeids: { integers: everyNode((node) => (node < inner ? 2 * node + 2 : 0)) },
    class_treeids: { integers: leaves.map(({ tree }) => tree) },
    class_nodeids: { integers: leaves.map(({ node }) => node) },
    class_ids: { integers: leaves.map(() => 1) },
    class_weights: { floats: leaves.map(() => (next() - 0.5) / 10) },
    classlabels_int64s: { integers: [0, 1] },
    post_transform: { string: 'LOGISTIC' },
  };
}

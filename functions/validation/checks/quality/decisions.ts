import { mcnemar } from '#core/metrics/mcnemar.ts';
import { ERRORS } from '#core/slices/losses.ts';
import { verdictOf } from './measured.ts';

/** 1 where the prediction is the truth. */
export const hits = (truth: Int32Array, predicted: Int32Array): Uint8Array =>
  Uint8Array.from(truth, (label, row) => (label === predicted[row] ? 1 : 0));

/** The loss that weak slices of a classifier are searched with. */
export const lossOf = (truth: Int32Array, predicted: Int32Array) => ({
  loss: Float64Array.from(truth, (label, row) => (label === predicted[row] ? 0 : 1)),
  lossKind: ERRORS,
});

/** McNemar's test and the verdict on two models' decisions, from where each is right. */
export function compareDecisions(subject: Uint8Array, champion: Uint8Array) {
  let onlySubject = 0;
  let onlyChampion = 0;
  for (let row = 0; row < subject.length; row++) {
    if (subject[row]! > champion[row]!) onlySubject++;
    if (subject[row]! < champion[row]!) onlyChampion++;
  }
  const test = mcnemar(onlySubject, onlyChampion);
  const verdict = verdictOf(test.pValue, onlySubject - onlyChampion);
  return { rows: subject.length, test, verdict };
}

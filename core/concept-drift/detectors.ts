import { AppError } from '#core/errors.ts';
import { Adwin } from './adwin.ts';
import { Ddm } from './ddm.ts';
import type { Detector } from './detector.ts';
import { Eddm } from './eddm.ts';
import { HddmA } from './hddm-a.ts';
import { HddmW } from './hddm-w.ts';
import { Kswin } from './kswin.ts';
import { PageHinkley } from './page-hinkley.ts';

const CLASSES = {
  adwin: Adwin,
  ddm: Ddm,
  eddm: Eddm,
  'hddm-a': HddmA,
  'hddm-w': HddmW,
  kswin: Kswin,
  'page-hinkley': PageHinkley,
} as const;

export type DetectorKind = keyof typeof CLASSES;
export const DETECTOR_KINDS = Object.keys(CLASSES) as [DetectorKind, ...DetectorKind[]];

/** Those that take nothing but right and wrong; the others take any number. */
export const BINARY_DETECTORS: ReadonlySet<DetectorKind> = new Set(['ddm', 'eddm']);

/** @param options what differs from the defaults */
export const newDetector = (kind: DetectorKind, options: object = {}): Detector =>
  new CLASSES[kind](options) as Detector;

/**
 * Goes on with what `toJSON()` wrote down.
 *
 * @throws AppError `invalid` for a kind that is not known
 */
export function restoreDetector(json: { readonly kind: string }): Detector {
  const found = CLASSES[json.kind as DetectorKind];
  if (!found) throw new AppError('invalid', `no detector is called "${json.kind}"`);
  return found.from(json as never) as Detector;
}

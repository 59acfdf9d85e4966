import type { Detector } from '#core/concept-drift/detector.ts';
import {
  BINARY_DETECTORS,
  type DetectorKind,
  newDetector,
  restoreDetector,
} from '#core/concept-drift/detectors.ts';

/** One prediction whose truth is known: 0 or 1 where a class was right or wrong, else how far off. */
export interface KnownError {
  readonly predictionId: string;
  readonly row: number;
  readonly error: number;
}

/** What detectors keep between windows: plain JSON. */
export interface StreamState {
  /** Errors seen in all windows. */
  readonly seen: number;
  readonly detectors: readonly Kept[];
}

interface Kept {
  readonly kind: DetectorKind;
  readonly state: unknown;
  /** Since it last found something. */
  readonly since: { readonly n: number; readonly mean: number };
  /** The last few errors, newest last. */
  readonly last: readonly number[];
}

export interface ConceptFinding {
  readonly detector: DetectorKind;
  readonly predictionId: string;
  readonly row: number;
  /** Mean error since the finding before this one, the last few left out, and of those. */
  readonly before: number;
  readonly after: number;
}

const LAST = 30;

/**
 * Hands the errors of a window, in the order of their predictions, to detectors of concept drift
 * that go on where the window before left them. Findings are those after which the error is higher:
 * a relation that became easier needs nobody.
 */
export function watchErrors(
  errors: readonly KnownError[],
  kinds: readonly DetectorKind[],
  before?: StreamState | undefined,
): { findings: ConceptFinding[]; state: StreamState } {
  const findings: ConceptFinding[] = [];
  const isBinary = errors.every(({ error }) => error === 0 || error === 1);
  const detectors = kinds.flatMap((kind) => {
    const kept = before?.detectors.find((one) => one.kind === kind);
    if (errors.length > 0 && !isBinary && BINARY_DETECTORS.has(kind)) return kept ?? [];
    const watch = new Watch(kind, kept);
    for (const known of errors) findings.push(...watch.update(known));
    return watch.toJSON();
  });
  return { findings, state: { seen: (before?.seen ?? 0) + errors.length, detectors } };
}

class Watch {
  readonly #kind: DetectorKind;
  readonly #detector: Detector;
  #n: number;
  #mean: number;
  readonly #last: number[];

  constructor(kind: DetectorKind, kept: Kept | undefined) {
    this.#kind = kind;
    this.#detector = kept ? restoreDetector(kept.state as { kind: string }) : newDetector(kind);
    [this.#n, this.#mean] = [kept?.since.n ?? 0, kept?.since.mean ?? 0];
    this.#last = [...(kept?.last ?? [])];
  }

  update({ predictionId, row, error }: KnownError): ConceptFinding[] {
    this.#last.push(error);
    if (this.#last.length > LAST) this.#settle(this.#last.shift() as number);
    if (this.#detector.update(error) !== 'drift') return [];
    const [before, after] = [this.#mean, meanOf(this.#last)];
    const isWorse = this.#n > 0 && after > before;
    [this.#n, this.#mean] = [0, 0];
    return isWorse ? [{ detector: this.#kind, predictionId, row, before, after }] : [];
  }

  #settle(error: number): void {
    this.#n++;
    this.#mean += (error - this.#mean) / this.#n;
  }

  toJSON(): Kept {
    return {
      kind: this.#kind,
      state: this.#detector.toJSON(),
      since: { n: this.#n, mean: this.#mean },
      last: this.#last,
    };
  }
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

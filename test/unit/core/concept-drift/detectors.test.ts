import { describe, expect, it } from '@jest/globals';
import { Adwin } from '#core/concept-drift/adwin.ts';
import type { Detector } from '#core/concept-drift/detector.ts';
import {
  BINARY_DETECTORS,
  DETECTOR_KINDS,
  type DetectorKind,
  newDetector,
  restoreDetector,
} from '#core/concept-drift/detectors.ts';
import { type Draw, Kswin } from '#core/concept-drift/kswin.ts';
import { Random } from '#core/random.ts';
import river from '../../../references/concept-drift/detectors.json' with { type: 'json' };

interface Case {
  readonly detector: string;
  readonly stream: string;
  readonly drifts: number[];
  /** First and last index of each run of warnings. */
  readonly warnings: [number, number][];
  readonly width?: number;
  readonly total?: number;
  readonly draws?: number[][];
}

const cases = river.cases as unknown as Case[];
const streamOf = (name: string): number[] =>
  (river.numbers as Record<string, number[]>)[name] ??
  [...((river.bits as Record<string, string>)[name] as string)].map(Number);

const MAKE: Record<string, (draw: Draw) => Detector> = {
  ADWIN: () => newDetector('adwin'),
  DDM: () => newDetector('ddm'),
  EDDM: () => newDetector('eddm'),
  HDDM_A: () => newDetector('hddm-a'),
  'HDDM_A two-sided': () => newDetector('hddm-a', { twoSided: true }),
  HDDM_W: () => newDetector('hddm-w'),
  'HDDM_W two-sided': () => newDetector('hddm-w', { twoSided: true }),
  'Page-Hinkley': () => newDetector('page-hinkley'),
  'Page-Hinkley sensitive': () => newDetector('page-hinkley', { threshold: 8, mode: 'down' }),
  KSWIN: (draw) => new Kswin({}, draw),
};

/** What River's generator drew, one test after the other. */
function replay(draws: number[][]): Draw {
  let at = 0;
  return () => draws[at++] as number[];
}

function indices(detector: Detector, stream: readonly number[]) {
  const found = { drift: [] as number[], warning: [] as number[], stable: [] as number[] };
  stream.forEach((value, i) => {
    found[detector.update(value)].push(i);
  });
  return found;
}

describe('where River fires', () => {
  it.each(cases.map((one) => [one.detector, one.stream, one] as const))(
    '%s on %s',
    (name, stream, one) => {
      const detector = MAKE[name]!(replay(one.draws ?? []));
      const { drift, warning } = indices(detector, streamOf(stream));
      expect(drift).toEqual(one.drifts);
      // River's warning flag stays up beside the drift; a status is one of both.
      const warned = one.warnings.flatMap(([first, last]) =>
        Array.from({ length: last - first + 1 }, (_, i) => first + i),
      );
      expect(warning).toEqual(warned.filter((i) => !one.drifts.includes(i)));
      if (!(detector instanceof Adwin)) return;
      expect(detector.width).toBe(one.width);
      expect(detector.estimation * detector.width).toBeCloseTo(one.total!, 8);
    },
  );
});

const streamFor = (kind: DetectorKind): number[] =>
  streamOf(BINARY_DETECTORS.has(kind) || kind.startsWith('hddm') ? 'abrupt' : 'numbers mean');

describe('a detector that is written down', () => {
  it.each(DETECTOR_KINDS)('%s goes on as if it had not been', (kind) => {
    const stream = streamFor(kind);
    const whole = newDetector(kind);
    let parts = newDetector(kind);
    for (const [i, value] of stream.entries()) {
      if (i % 97 === 0) parts = restoreDetector(JSON.parse(JSON.stringify(parts)));
      expect(parts.update(value)).toBe(whole.update(value));
    }
    expect(parts.toJSON()).toEqual(whole.toJSON());
  });

  it.each(DETECTOR_KINDS)('%s stays small', (kind) => {
    const detector = newDetector(kind);
    const random = new Random(1);
    for (let i = 0; i < 20_000; i++) detector.update(random.uniform() < 0.2 ? 1 : 0);
    expect(JSON.stringify(detector).length).toBeLessThan(6000);
  });

  it('of an unknown kind is refused', () => {
    expect(() => restoreDetector({ kind: 'oracle' })).toThrow('"oracle"');
  });
});

describe('KSWIN', () => {
  it('draws by its seed', () => {
    const stream = streamOf('numbers none');
    const fires = (seed: number) => indices(new Kswin({ seed, alpha: 0.05 }), stream).drift;
    expect(fires(1)).toEqual(fires(1));
    expect(fires(1)).not.toEqual(fires(2));
  });
});

describe('without a change', () => {
  // Their bounds are of each look at the stream; the others promise no rate.
  it.each(['adwin', 'hddm-a', 'hddm-w'] as const)(
    '%s raises false alarms no more often than stated',
    (kind) => {
      const random = new Random(7);
      let alarms = 0;
      for (let run = 0; run < 200; run++) {
        const detector = newDetector(kind);
        for (let i = 0; i < 1000; i++) {
          if (detector.update(random.uniform() < 0.2 ? 1 : 0) === 'drift') alarms++;
        }
      }
      const stated = kind === 'adwin' ? 0.002 / 32 : 0.001;
      expect(alarms / 200_000).toBeLessThanOrEqual(stated);
    },
  );
});

describe('a change', () => {
  it.each(['adwin', 'ddm', 'eddm', 'hddm-a', 'hddm-w', 'page-hinkley'] as const)(
    '%s is found',
    (kind) => {
      const random = new Random(3);
      const detector = newDetector(kind);
      for (let i = 0; i < 1500; i++) detector.update(random.uniform() < 0.1 ? 1 : 0);
      let found = -1;
      for (let i = 0; i < 400 && found < 0; i++) {
        if (detector.update(random.uniform() < 0.6 ? 1 : 0) === 'drift') found = i;
      }
      expect(found).toBeGreaterThan(0);
    },
  );
});

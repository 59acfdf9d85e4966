export interface AlarmPolicy {
  /** Windows that must be out of bounds… */
  readonly breaches: number;
  /** …of so many last ones. */
  readonly windows: number;
  /** After it was raised, an alarm is not announced again for so long. */
  readonly coolDownMs: number;
}

export const DEFAULT_POLICY: AlarmPolicy = { breaches: 2, windows: 3, coolDownMs: 6 * 3_600_000 };

/** Plain JSON, kept between windows. */
export interface AlarmState {
  readonly isRaised: boolean;
  /** The last windows, newest last: whether each was out of bounds. */
  readonly recent: readonly boolean[];
  /** End of the newest window seen, in ms. */
  readonly seen: number | null;
  /** When it was last announced, in ms. */
  readonly announcedAt: number | null;
}

export const CALM: AlarmState = { isRaised: false, recent: [], seen: null, announcedAt: null };

export interface WindowOutcome {
  /** End of the window, in ms. */
  readonly at: number;
  /** Undefined where there was too little data to tell: the window does not count. */
  readonly breached: boolean | undefined;
}

export interface AlarmStep {
  readonly state: AlarmState;
  readonly change: 'raised' | 'cleared' | 'none';
  /** Whether anybody is to be told: of what is raised, unless it was within the cool-down. */
  readonly announce: boolean;
}

/**
 * What one more window makes of an alarm. A window that was seen before, or that is older than the
 * newest one seen, changes nothing: windows run twice or late agree with the first run.
 */
export function stepAlarm(
  state: AlarmState,
  { at, breached }: WindowOutcome,
  { breaches, windows, coolDownMs }: AlarmPolicy = DEFAULT_POLICY,
): AlarmStep {
  if (state.seen !== null && at <= state.seen) return { state, change: 'none', announce: false };
  if (breached === undefined) {
    return { state: { ...state, seen: at }, change: 'none', announce: false };
  }
  const recent = [...state.recent, breached].slice(-windows);
  const isRaised = recent.filter(Boolean).length >= breaches;
  const isNew = isRaised && !state.isRaised;
  const isCool = state.announcedAt === null || at - state.announcedAt >= coolDownMs;
  const announce = isNew && isCool;
  return {
    state: { isRaised, recent, seen: at, announcedAt: announce ? at : state.announcedAt },
    change: isNew ? 'raised' : state.isRaised && !isRaised ? 'cleared' : 'none',
    announce,
  };
}

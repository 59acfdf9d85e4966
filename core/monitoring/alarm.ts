export interface AlarmPolicy {
  /** Windows that must be out of bounds… */
  readonly breaches: number;
  /** …of so many last ones. */
  readonly windows: number;
  /** After it was raised, an alarm is not announced again for so long. */
  readonly coolDownMs: number;
}

export const DEFAULT_POLICY: AlarmPolicy = { breaches: 2, windows: 3, coolDownMs: 6 * 3_600_000 };

interface Judged {
  /** End of the window, in ms. */
  readonly at: number;
  readonly breached: boolean;
}

/** Plain JSON, kept between windows. */
export interface AlarmState {
  readonly isRaised: boolean;
  /** The last windows that could be judged, newest last. */
  readonly recent: readonly Judged[];
  /** End of the newest window when it was last announced, in ms. */
  readonly announcedAt: number | null;
}

export const CALM: AlarmState = { isRaised: false, recent: [], announcedAt: null };

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
 * What one more window makes of an alarm. A window that was judged before is judged anew in its
 * place, and one that comes late takes its own: whether an alarm is raised depends on what the last
 * windows are, not on the order in which they were looked at.
 */
export function stepAlarm(
  state: AlarmState,
  { at, breached }: WindowOutcome,
  { breaches, windows, coolDownMs }: AlarmPolicy = DEFAULT_POLICY,
): AlarmStep {
  if (breached === undefined) return { state, change: 'none', announce: false };
  const others = state.recent.filter((window) => window.at !== at);
  const recent = [...others, { at, breached }].sort((a, b) => a.at - b.at).slice(-windows);
  const isRaised = recent.filter((window) => window.breached).length >= breaches;
  const isNew = isRaised && !state.isRaised;
  const newest = (recent.at(-1) as Judged).at;
  const announce =
    isNew && (state.announcedAt === null || newest - state.announcedAt >= coolDownMs);
  return {
    state: { isRaised, recent, announcedAt: announce ? newest : state.announcedAt },
    change: isNew ? 'raised' : state.isRaised && !isRaised ? 'cleared' : 'none',
    announce,
  };
}

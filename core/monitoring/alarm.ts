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
  /** Foretold rather than measured. */
  readonly estimated?: true | undefined;
}

/** Plain JSON, kept between windows. */
export interface AlarmState {
  readonly isRaised: boolean;
  /** The last windows that were measured, then those after them that are estimated, by time each. */
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
  /** Foretold rather than measured. */
  readonly estimated?: boolean | undefined;
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
 *
 * What was measured and what is estimated since count apart, and either raises it: labels that come
 * later than so many windows would find their windows' place taken by estimates.
 */
export function stepAlarm(
  state: AlarmState,
  { at, breached, estimated }: WindowOutcome,
  { breaches, windows, coolDownMs }: AlarmPolicy = DEFAULT_POLICY,
): AlarmStep {
  if (breached === undefined) return { state, change: 'none', announce: false };
  const judged: Judged = { at, breached, ...(estimated && { estimated }) };
  const all = [...state.recent.filter((window) => window.at !== at), judged].sort(
    (a, b) => a.at - b.at,
  );
  const measured = all.filter((window) => !window.estimated).slice(-windows);
  const until = measured.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  const foretold = all.filter((window) => window.estimated && window.at > until).slice(-windows);
  const isBad = (some: readonly Judged[]) =>
    some.filter((window) => window.breached).length >= breaches;
  const recent = [...measured, ...foretold];
  const isRaised = isBad(measured) || isBad(foretold);
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

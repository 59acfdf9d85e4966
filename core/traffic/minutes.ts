/** The hour that a time falls into, in keys that come after all minutes: `H2026-11-25T21Z`. */
export const hourKey = (at: number): string => `H${new Date(at).toISOString().slice(0, 13)}Z`;

/** The minute that a time falls into: `2026-11-25T21:15Z`. */
export const minuteOf = (at: number): string => `${new Date(at).toISOString().slice(0, 16)}Z`;

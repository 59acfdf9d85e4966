/** The minute that a time falls into: `2026-11-25T21:15Z`. */
export const minuteOf = (at: number): string => `${new Date(at).toISOString().slice(0, 16)}Z`;

/**
 * Whether a moment has come that was set at most `longestMs` ahead. A wall clock that was set back since then makes it lie
 * further ahead than it ever could, and that must not be waited out.
 */
export const isDue = (at: number, now: number, longestMs: number): boolean =>
  at <= now || at > now + longestMs;

const MOST_CHARACTERS = 500;

/**
 * The words of a program as they may be told: one line, cut short, without what databases quote and without long
 * numbers, since those are people's as often as not.
 */
export const withoutValues = (text: string): string =>
  text
    .slice(0, 4 * MOST_CHARACTERS)
    .replace(/'(?:[^']|'')*'/g, "'…'")
    .replace(/\d{6,}/g, "…")
    .replace(/[\u0000-\u001f\u007f\s]+/g, " ")
    .trim()
    .slice(0, MOST_CHARACTERS);

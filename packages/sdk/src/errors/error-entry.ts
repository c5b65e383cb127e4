/** What the engine does about an error: it decides by this alone, never by message or class. */
export type Recovery = "retry" | "reconnect" | "skip-record" | "pause-pipeline" | "stop";

/** How soon to try again: a lost connection in seconds, a refused password in a quarter of an hour. */
export type Pace = "seconds" | "minute" | "quarter-hour" | "never";

export interface ErrorTexts {
  readonly message: string;
  readonly hint: string;
}

export interface ErrorEntry {
  readonly recovery: Recovery;
  readonly pace: Pace;
  readonly en: ErrorTexts;
  readonly zh: ErrorTexts;
}

/** An entry of the table, its texts as message and hint. */
export const errorEntry = (
  recovery: Recovery,
  pace: Pace,
  en: readonly [string, string],
  zh: readonly [string, string],
): ErrorEntry => ({
  recovery,
  pace,
  en: { message: en[0], hint: en[1] },
  zh: { message: zh[0], hint: zh[1] },
});

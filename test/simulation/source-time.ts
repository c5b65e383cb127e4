const OFFSET_MS = 8 * 3_600_000;

/** A moment as the source's clock shows it, with so many digits of a second. */
export function sourceTime(ms: number, fraction: 0 | 3): string {
  const text = new Date(ms + OFFSET_MS).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, fraction === 0 ? 19 : 23)}`;
}

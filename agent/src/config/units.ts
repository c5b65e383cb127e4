const durations: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const sizes: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
};

export const durationPattern = "^[0-9]{1,9}(ms|s|m|h|d)$";
export const sizePattern = "^[0-9]{1,9}(B|[KMGT]i?B)$";

/** Milliseconds of `500ms`, `5s`, `10m`, `2h`, `7d`. The text matches {@link durationPattern}. */
export const parseDuration = (text: string): number => parse(text, durations);

/** Bytes of `512MiB`, `10GiB` (powers of 1024) or `10GB` (powers of 1000). The text matches {@link sizePattern}. */
export const parseSize = (text: string): number => parse(text, sizes);

function parse(text: string, units: Readonly<Record<string, number>>): number {
  const unit = text.replace(/^\d+/, "");
  return Number.parseInt(text, 10) * (units[unit] ?? Number.NaN);
}

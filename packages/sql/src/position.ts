import type { PositionValue, RawValue } from "@qianzhi/sdk";

/** A raw value as it stands in a position. */
export const positionOf = (value: RawValue): PositionValue | null =>
  value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value;

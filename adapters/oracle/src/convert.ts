import type { RawValue } from "@qianzhi/sdk";

/** A NUMBER as TM9 prints it, `.5`, `1.0E+70`, in plain digits; signs of infinity stay what they are. */
export function plainDigits(value: unknown): string {
  const text = String(value);
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d*)\.?(\d*)(?:E([+-]?\d+))?$/.exec(text) ?? [];
  if (whole + fraction === "") return text;
  const point = whole.length + Number(exponent);
  const digits = (whole + fraction).padStart(
    whole.length + fraction.length - Math.min(point, 0),
    "0",
  );
  const at = Math.max(point, 0);
  const before = digits
    .slice(0, at)
    .padEnd(at, "0")
    .replace(/^0+(?=\d)/, "");
  const after = digits.slice(at).replace(/0+$/, "");
  return `${sign}${before === "" ? "0" : before}${after === "" ? "" : `.${after}`}`;
}

export function wholeNumber(value: unknown): RawValue {
  const digits = plainDigits(value);
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : digits;
}

/** The sign of a year takes a place of its own, which is blank but before Christ. */
export const withoutBlank = (value: unknown): string => String(value).trimStart();

export const withoutPadding = (value: unknown): string => String(value).replace(/ +$/, "");

/** Bytes that came as hexadecimal text in elements of XML. */
export const bytesOfPieces = (value: unknown): Uint8Array =>
  Buffer.from(String(value).replace(/<[^>]*>|\s/g, ""), "hex");

/** WKB, most significant byte first, with the coordinate system that its column has, as EWKB. */
export function ewkb(value: unknown, srid: number): Uint8Array {
  const from = value as Uint8Array;
  // What is no WKB stands for a geometry of another system, which nobody may take for one of this.
  if (srid === 0 || from[0] !== 0 || from.length < 5) return from;
  const to = new Uint8Array(from.length + 4);
  to.set(from.subarray(0, 5));
  to[1] = to[1]! | 0x20;
  new DataView(to.buffer).setUint32(5, srid);
  to.set(from.subarray(5), 9);
  return to;
}

/** The shortest decimal that reads back as this number, in plain digits; undefined for NaN and infinities. */
export function plainDecimal(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  if (value === 0) return "0";
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = "", first = "", rest = "", power = "0"] = match;
  const exponent = Number(power);
  const digits = first + rest;
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits}${"0".repeat(exponent - rest.length)}`;
}

/** A number in plain digits taken apart: no leading zeros but one, no trailing zeros in the fraction, no −0. */
export interface DecimalParts {
  readonly negative: boolean;
  readonly whole: string;
  readonly fraction: string;
}

const shape = /^([+-]?)(\d*)(?:\.(\d+))?$/;

/** Reads `[+-]digits[.digits]`, also `.5`; undefined for anything else, exponents included. */
export function parseDecimal(text: string): DecimalParts | undefined {
  const match = shape.exec(text);
  if (match === null) return undefined;
  const [, sign = "", digits = "", decimals = ""] = match;
  if (digits === "" && decimals === "") return undefined;
  const whole = digits.replace(/^0+(?=\d)/, "") || "0";
  const fraction = trimZeros(decimals);
  return { negative: sign === "-" && (whole !== "0" || fraction !== ""), whole, fraction };
}

// A pattern such as /0+$/ takes quadratic time over a long run of zeros that does not end the text.
function trimZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end -= 1;
  return digits.slice(0, end);
}

/** The text of a decimal value that a raw or application value denotes; undefined when it denotes none. */
export function decimalText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number") return plainDecimal(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "boolean") return value ? "1" : "0";
  return undefined;
}

/** The number whose shortest text denotes the same decimal value as `text`; undefined when there is none. */
export function exactDouble(text: string): number | undefined {
  const wanted = parseDecimal(text);
  if (wanted === undefined) return undefined;
  const number = Number(text) + 0;
  const shortest = plainDecimal(number);
  const found = shortest === undefined ? undefined : parseDecimal(shortest);
  const same =
    found?.negative === wanted.negative &&
    found.whole === wanted.whole &&
    found.fraction === wanted.fraction;
  return same ? number : undefined;
}

/** A JSON value, or what is wrong with the text, in words that hold nothing of it. */
export type Parsed = { readonly value: unknown } | { readonly problem: string };

/**
 * Parses JSON in which every number is one that a double holds exactly: its shortest form is the number as written, so
 * that nothing was lost on the way. 9007199254740993, 0.1000000000000000055 and 1e400 are refused.
 */
export function parseExactly(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "a line is not JSON" };
  }
  return hasLossyNumber(text)
    ? { problem: "a number has more digits than a double holds; write it as a string" }
    : { value };
}

/** Up to fifteen digits without an exponent are always exact; others are looked at one by one. */
const doubtful = /-?\d[\d.eE+-]{15,}|-?\d[\d.]*[eE][\d+-]+/g;

/** Looks between the strings of a JSON text, which was parsed already. */
function hasLossyNumber(text: string): boolean {
  for (let at = 0; ;) {
    const quote = text.indexOf('"', at);
    const between = quote < 0 ? text.slice(at) : text.slice(at, quote);
    if (between.length > 2 && between.match(doubtful)?.some(isLossy) === true) return true;
    if (quote < 0) return false;
    at = endOfString(text, quote) + 1;
  }
}

/** The place of the quotation mark that ends a string. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at += 1) {
    at = text.indexOf('"', at);
    let backslashes = 0;
    while (text[at - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
}

const isLossy = (token: string): boolean => {
  const number = Number(token);
  return !Number.isFinite(number) || significant(token) !== significant(String(number));
};

/** A number as sign, digits without zeros at either end, and the power of ten of the last one. */
function significant(token: string): string {
  const [, sign, whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  if (kept === "") return "0";
  const power = Number(exponent) - fraction.length + (digits.length - kept.length);
  return `${sign}${kept}e${power}`;
}

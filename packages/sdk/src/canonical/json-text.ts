import { isWholeText } from "./text.ts";

/**
 * JSON read without doubles: a number keeps its text, an object the order of its members. A name twice in one object
 * is an error, since readers differ in which one they take.
 */
export type ExactJson =
  | null
  | boolean
  | string
  | JsonNumber
  | readonly ExactJson[]
  | ReadonlyMap<string, ExactJson>;

export interface JsonNumber {
  readonly text: string;
}

export type JsonFault = "QZ_JSON_INVALID" | "QZ_JSON_DUPLICATE" | "QZ_TEXT_INVALID";

export const isJsonNumber = (value: ExactJson): value is JsonNumber =>
  typeof value === "object" && value !== null && "text" in value;

/** Deeper nesting is refused: it is no data, and readers of ours and of others recurse. */
const depthLimit = 200;

const token =
  /[\t\n\r ]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\.)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null)|$)/sy;

interface Reader {
  readonly text: string;
  at: number;
  kind: "punctuation" | "string" | "number" | "word" | "end" | "wrong";
  lexeme: string;
}

/** Reads a JSON text (RFC 8259), or says what is wrong with it. */
export function parseExactJson(
  text: string,
): { readonly value: ExactJson } | { readonly fault: JsonFault } {
  const reader: Reader = { text, at: 0, kind: "wrong", lexeme: "" };
  next(reader);
  const value = readValue(reader, 0);
  if (typeof value === "object" && value !== null && "fault" in value) return value;
  return reader.kind === "end" ? { value } : { fault: "QZ_JSON_INVALID" };
}

interface Fault {
  readonly fault: JsonFault;
}

const isFault = (value: ExactJson | Fault): value is Fault =>
  typeof value === "object" && value !== null && "fault" in value;

function next(reader: Reader): void {
  token.lastIndex = reader.at;
  const match = token.exec(reader.text);
  reader.at = token.lastIndex;
  const [, punctuation, string, number, word] = match ?? [];
  reader.lexeme = punctuation ?? string ?? number ?? word ?? "";
  if (match === null) reader.kind = "wrong";
  else if (punctuation !== undefined) reader.kind = "punctuation";
  else if (string !== undefined) reader.kind = "string";
  else if (number !== undefined) reader.kind = "number";
  else reader.kind = word === undefined ? "end" : "word";
}

const invalid: Fault = { fault: "QZ_JSON_INVALID" };

/** Reads the value that begins at the current token, and moves past it. */
function readValue(reader: Reader, depth: number): ExactJson | Fault {
  const { kind, lexeme } = reader;
  if (depth > depthLimit) return invalid;
  if (kind === "punctuation") {
    if (lexeme === "[") return readArray(reader, depth);
    return lexeme === "{" ? readObject(reader, depth) : invalid;
  }
  if (kind === "string") return readString(reader);
  if (kind === "end" || kind === "wrong") return invalid;
  next(reader);
  if (kind === "number") return { text: lexeme };
  return lexeme === "null" ? null : lexeme === "true";
}

function readString(reader: Reader): string | Fault {
  const text = unquote(reader.lexeme);
  next(reader);
  if (text === undefined) return invalid;
  return isWholeText(text) ? text : { fault: "QZ_TEXT_INVALID" };
}

function unquote(lexeme: string): string | undefined {
  if (!lexeme.includes("\\")) return lexeme.slice(1, -1);
  try {
    return JSON.parse(lexeme) as string;
  } catch {
    return undefined;
  }
}

function readArray(reader: Reader, depth: number): ExactJson | Fault {
  const values: ExactJson[] = [];
  next(reader);
  if (skip(reader, "]")) return values;
  for (;;) {
    const value = readValue(reader, depth + 1);
    if (isFault(value)) return value;
    values.push(value);
    if (skip(reader, "]")) return values;
    if (!skip(reader, ",")) return invalid;
  }
}

function readObject(reader: Reader, depth: number): ExactJson | Fault {
  const members = new Map<string, ExactJson>();
  next(reader);
  if (skip(reader, "}")) return members;
  for (;;) {
    if (reader.kind !== "string") return invalid;
    const name = readString(reader);
    if (typeof name !== "string") return name;
    if (members.has(name)) return { fault: "QZ_JSON_DUPLICATE" };
    if (!skip(reader, ":")) return invalid;
    const value = readValue(reader, depth + 1);
    if (isFault(value)) return value;
    members.set(name, value);
    if (skip(reader, "}")) return members;
    if (!skip(reader, ",")) return invalid;
  }
}

function skip(reader: Reader, punctuation: string): boolean {
  if (reader.kind !== "punctuation" || reader.lexeme !== punctuation) return false;
  next(reader);
  return true;
}

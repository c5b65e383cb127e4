import { QianzhiError, type ErrorCode } from "@qianzhi/sdk";
import { isGroup } from "./answers.ts";
import { withoutValues } from "./without-values.ts";

/** What a program says of itself, or what is said of it: stands beneath the error as the original text. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";
}

/** The codes that a program may answer with. Any other is a fault of its own. */
const adapterCodes: ReadonlySet<string> = new Set<ErrorCode>([
  "QZ_SOURCE_UNREACHABLE",
  "QZ_SOURCE_LOST",
  "QZ_SOURCE_AUTH",
  "QZ_SOURCE_DENIED",
  "QZ_SOURCE_TLS",
  "QZ_SOURCE_TIMEOUT",
  "QZ_SOURCE_BUSY",
  "QZ_SOURCE_FULL",
  "QZ_SOURCE_DAMAGED",
  "QZ_LOCK_TIMEOUT",
  "QZ_DATABASE_NOT_FOUND",
  "QZ_TABLE_NOT_FOUND",
  "QZ_COLUMN_NOT_FOUND",
  "QZ_QUERY_FAILED",
  "QZ_CURSOR_TYPE",
  "QZ_CHANGES_LOST",
  "QZ_DRIVER_MISSING",
  "QZ_CANCELLED",
]);

/** The names that the texts of these codes have room for. */
const detailNames: ReadonlySet<string> = new Set(
  "name operation grant column columns type user address problem limitMs command".split(" "),
);

export interface ErrorPlace {
  readonly source: string;
  readonly command: string;
  readonly operation: string;
}

/** `{ code, details, text }` of an answer as an error of ours. */
export function programError(answer: unknown, place: ErrorPlace): QianzhiError {
  const { code, details, text } = isGroup(answer) ? answer : {};
  const said = typeof text === "string" ? new ProgramError(withoutValues(text)) : undefined;
  const known = typeof code === "string" && adapterCodes.has(code);
  if (!known) return fault(place, said ?? new ProgramError(withoutValues(String(code))));
  return new QianzhiError(
    code as ErrorCode,
    { operation: place.operation, ...detailsOf(details), source: place.source },
    said === undefined ? {} : { cause: said },
  );
}

/** The program's own fault. */
export const fault = (
  { source, command, operation }: ErrorPlace,
  cause: ProgramError,
): QianzhiError =>
  new QianzhiError("QZ_ADAPTER_FAULT", { name: command, operation, source }, { cause });

function detailsOf(details: unknown): Readonly<Record<string, unknown>> {
  if (!isGroup(details)) return {};
  const kept = Object.entries(details)
    .filter(([name]) => detailNames.has(name))
    .map(([name, value]) => [name, plain(value)] as const);
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined));
}

function plain(value: unknown): number | string | readonly string[] | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "string") return value.slice(0, 300);
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : undefined;
}

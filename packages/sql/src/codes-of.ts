import type { ErrorCode } from "@qianzhi/sdk";

/** Our code by the server's or driver's, from the latter listed behind ours: `{ QZ_LOCK_TIMEOUT: "1205 1222" }`. */
export const codesOf = (
  lists: Partial<Record<ErrorCode, string>>,
): ReadonlyMap<string, ErrorCode> =>
  new Map(
    Object.entries(lists).flatMap(([code, theirs]) =>
      theirs.split(/\s+/).map((their) => [their, code as ErrorCode] as const),
    ),
  );

import type { Refusal } from "@qianzhi/sdk";

/** The refusal of a key that another origin holds: it waits until that one lets go. */
export function heldElsewhere(
  line: number,
  { site, pipeline }: { readonly site: string; readonly pipeline: string },
): Refusal {
  const message = `the record belongs to ${site}/${pipeline}`;
  return {
    line,
    temporary: true,
    reasons: [{ code: "QZ_ORIGIN_HELD", message }],
    holder: { site, pipeline },
  };
}

/** The refusal that somebody asked the sandbox for. */
export const sandboxRefusal = (
  line: number,
  { temporary }: { readonly temporary: boolean },
): Refusal => ({
  line,
  temporary,
  reasons: [{ code: "QZ_SANDBOX_REFUSED", message: "refused because the sandbox was told to" }],
});

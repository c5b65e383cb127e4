import assert from "node:assert/strict";

/** Fails with all findings at once, a line each. */
export function none(findings: readonly string[]): void {
  if (findings.length > 0) assert.fail(`\n${findings.join("\n")}`);
}

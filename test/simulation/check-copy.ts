import { createHash } from "node:crypto";
import type { Site } from "@qianzhi/agent";
import type { Platform } from "@qianzhi/sandbox";
import type { LegacyRow, LegacyTable } from "./legacy-table.ts";
import { article, stream } from "./resource.ts";
import type { WorldShape } from "./world-shape.ts";

/** What the agent is configured to send of a row. */
export interface Mapping {
  hasAmount: boolean;
}

export interface CopyOptions {
  readonly table: LegacyTable;
  readonly shape: WorldShape;
  readonly mapping: Mapping;
  readonly platform: Platform;
  readonly site: Site;
}

/**
 * Compares source and platform when everything has come to rest, by rules written down here once more rather than by
 * the product's own: what a row is as a record, what makes it unfit, what the digest is.
 */
export function checkCopy({
  table,
  shape,
  mapping,
  platform,
  site,
}: CopyOptions): readonly string[] {
  const violations: string[] = [];
  const copy = new Map(
    platform
      .records(article.identifier, { limit: 100_000 })
      .records.map((text) => [(JSON.parse(text) as { code: string }).code, text]),
  );
  const { rows: refusedHere, keys: refusedThere } = namedKeys(site);
  const live = new Map(
    table
      .rows()
      .filter((row) => table.isLive(row))
      .map((row) => [row.code, row]),
  );
  const proven = new Map<string, string>();

  for (const [code, row] of live) {
    const held = copy.get(code);
    const text = recordText(row, mapping);
    const fit = isFit(row, shape, mapping);
    if (fit && refusedHere.has(code))
      violations.push(`I9: ${code} is in quarantine though its row is fit`);
    if (!fit) {
      if (!refusedHere.has(code)) violations.push(`I1: ${code} is unfit and not in quarantine`);
      if (held === undefined) continue;
      // What is replaced as a whole keeps nothing of before.
      if (shape.mode === "replace")
        violations.push(`I9: ${code} is unfit and still at the platform`);
      if (shape.onInvalid === "withdraw" && row.changed !== null && !refusedThere.has(code))
        violations.push(`I9: ${code} is unfit and not withdrawn`);
      proven.set(code, held);
    } else if (refusedThere.has(code)) {
      if (held !== undefined) proven.set(code, held);
    } else {
      proven.set(code, text);
      if (held !== text)
        violations.push(
          `I9: ${code} is ${text} in the source, ${held ?? "nothing"} at the platform`,
        );
    }
  }
  for (const [code, held] of copy) {
    if (live.has(code)) continue;
    if (refusedThere.has(code)) proven.set(code, held);
    else violations.push(`I9: ${code} is no longer shared and still at the platform`);
  }
  for (const code of refusedHere)
    if (!live.has(code)) violations.push(`I9: ${code} is in quarantine and no longer shared`);

  // A platform to which nothing was ever sent knows of no stream.
  const known = platform.position(stream) !== undefined;
  const { count, sum } = known ? platform.digest(stream) : digestOf(new Map());
  const own = digestOf(proven);
  if (count !== own.count || sum !== own.sum)
    violations.push(`I9: the digest is ${count} ${sum}, not ${own.count} ${own.sum}`);
  return violations;
}

/** Keys in quarantine: of rows that were refused here, and of records that the platform refused. */
function namedKeys({ outbox }: Site) {
  const rows = new Set<string>();
  const keys = new Set<string>();
  for (const name of outbox.quarantine.openKeys(stream.pipeline).keys()) {
    if (name.startsWith("row ")) rows.add((JSON.parse(name.slice(4)) as [string])[0]);
    else keys.add((JSON.parse(name) as { code: string }).code);
  }
  return { rows, keys };
}

const isFit = (
  { name, amount, changed }: LegacyRow,
  { mode }: WorldShape,
  { hasAmount }: Mapping,
): boolean =>
  name !== null &&
  [...name].length <= 4 &&
  (amount === null || !hasAmount || /^\d+\.\d\d$/.test(amount)) &&
  (mode !== "cursor" || changed !== null);

/** Items in identifier order, nulls omitted, `secret` never. */
export const recordText = ({ code, name, amount }: LegacyRow, { hasAmount }: Mapping): string =>
  JSON.stringify({ ...(amount === null || !hasAmount ? {} : { amount }), code, name });

/** A count, and the sum mod 2^256 of SHA-256(key ‖ record). */
function digestOf(records: ReadonlyMap<string, string>) {
  let sum = 0n;
  for (const [code, text] of records) {
    const hash = createHash("sha256")
      .update(JSON.stringify({ code }) + text)
      .digest("hex");
    sum += BigInt(`0x${hash}`);
  }
  return { count: records.size, sum: BigInt.asUintN(256, sum).toString(16).padStart(64, "0") };
}

/** Whether the site's own books add up. */
export function checkAccounts({ outbox }: Site): readonly string[] {
  const violations: string[] = [];
  for (const { changes } of outbox.streams()) {
    const { sealed, accepted, refused, voided, waiting } = changes;
    if (sealed !== accepted + refused + voided + waiting)
      violations.push(
        `I1: ${sealed} changes sealed, but ${accepted} accepted + ${refused} refused + ${voided} voided + ${waiting} waiting`,
      );
  }
  const { brokenAt } = outbox.ledger.verify();
  if (brokenAt !== undefined) violations.push(`I1: the ledger is broken at ${brokenAt}`);
  return violations;
}

import type { StatusIssue } from "./status-issues.ts";

/**
 * What a person looks at first: a pipeline that reads nothing, since its source may drop meanwhile what was not read; then
 * what was read and does not arrive; then what arrives late; then records that are missing or not proven while all others
 * arrive; and last what touches no record: what somebody wanted so, and a ledger with too little room.
 */
const order = ["stopped", "undelivered", "late", "incomplete", "intended"] as const;
type Urgency = (typeof order)[number];

const byCode: Readonly<Partial<Record<StatusIssue["code"], Urgency>>> = {
  QZ_AGENT_SILENT: "stopped",
  QZ_SITE_TAKEN: "stopped",
  QZ_FEED_PILES_UP: "stopped",
  QZ_BATCHES_WAITING: "undelivered",
  QZ_GENERATION_ABORTED: "undelivered",
  QZ_LAG_GROWS: "late",
  QZ_SOURCE_SLOWER: "late",
  QZ_SOURCE_AHEAD: "incomplete",
  QZ_QUARANTINE_GROWS: "incomplete",
  QUARANTINED: "incomplete",
  RECONCILIATION_OWED: "incomplete",
  STORE_KEPT_ASIDE: "incomplete",
  QZ_LEDGER_SHORT: "intended",
  PAUSED: "intended",
  NEVER_RAN: "intended",
};

/** Any other code is an error: where it was met says what it stops. */
export type MetBy = "pipeline" | "delivery" | "reconciliation";

const byPlace: Readonly<Record<MetBy, Urgency>> = {
  pipeline: "stopped",
  delivery: "undelivered",
  reconciliation: "incomplete",
};

/** A rank, the most urgent 0. */
export const urgencyOf = (code: StatusIssue["code"], metBy: MetBy): number =>
  order.indexOf(byCode[code] ?? byPlace[metBy]);

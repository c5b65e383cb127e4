import { adapterCases } from "./cases/adapter.ts";
import { cancelCases } from "./cases/cancel.ts";
import { changeFeedCases } from "./cases/change-feed.ts";
import { closingCases } from "./cases/closing.ts";
import { concurrencyCases } from "./cases/concurrency.ts";
import { connectionCases } from "./cases/connection.ts";
import { discoveryCases } from "./cases/discovery.ts";
import { discretionCases } from "./cases/discretion.ts";
import { horizonCases } from "./cases/horizon.ts";
import { horizonTrapCases } from "./cases/horizon-traps.ts";
import { keyOrderCases } from "./cases/key-order.ts";
import { listingCases } from "./cases/listing.ts";
import { pagingCases } from "./cases/paging.ts";
import { pointReadCases } from "./cases/point-reads.ts";
import { predicateCases } from "./cases/predicates.ts";
import { textCases } from "./cases/texts.ts";
import { typeCases } from "./cases/types.ts";
import type { ConformanceCase, ConformanceHarness } from "./harness.ts";

/** A case as its group writes it. */
export type CaseBody = Omit<ConformanceCase, "group">;

interface CaseGroup {
  readonly group: string;
  cases(harness: ConformanceHarness): readonly CaseBody[];
}

/** The suite, in the order in which an author meets it: what is told, what is read, what goes wrong. */
export const groups: readonly CaseGroup[] = [
  { group: "adapter", cases: adapterCases },
  { group: "discovery", cases: discoveryCases },
  { group: "types", cases: typeCases },
  { group: "texts and times", cases: textCases },
  { group: "paging", cases: pagingCases },
  { group: "key order", cases: keyOrderCases },
  { group: "concurrent changes", cases: concurrencyCases },
  { group: "point reads", cases: pointReadCases },
  { group: "predicates", cases: predicateCases },
  { group: "horizon", cases: horizonCases },
  { group: "horizon traps", cases: horizonTrapCases },
  { group: "listing", cases: listingCases },
  { group: "change feed", cases: changeFeedCases },
  { group: "cancelling", cases: cancelCases },
  { group: "connection", cases: connectionCases },
  { group: "closing", cases: closingCases },
  { group: "discretion", cases: discretionCases },
];

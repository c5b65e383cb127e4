import { userInfo } from "node:os";
import type { LedgerEntry } from "@qianzhi/exchange";
import { exportLines } from "./export-lines.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { withSite } from "./open-configured-site.ts";

/** `qianzhi ledger export FILE` */
export const exportLedger = (
  invocation: Invocation,
  { after }: { readonly after: number },
  name: string,
): Promise<ExitCode> =>
  withSite(invocation, { lock: false }, async ({ outbox: { ledger } }): Promise<ExitCode> => {
    let through = after;
    const count = await exportLines(invocation, name, lines());
    ledger.append("ledger-exported", { entries: count, through, by: userInfo().username });
    invocation.say(invocation.text("ledger.exported", { count, through, file: name }));
    invocation.answer({ ok: true, file: name, count, through });
    return 0;

    function* lines(): Generator<readonly string[]> {
      for (;;) {
        const page = ledger.list({ after: through, limit: PAGE_ENTRIES });
        const last = page.at(-1);
        if (last === undefined) return;
        through = last.seq;
        yield page.map(exportedLine);
      }
    }
  });

const PAGE_ENTRIES = 1_000;

/** The detail as the text that its hash was made of. */
const exportedLine = ({ detail, ...entry }: LedgerEntry): string =>
  JSON.stringify({ ...entry, detail: JSON.stringify(detail) });

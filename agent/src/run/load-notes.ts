import type { Store } from "@qianzhi/exchange";
import type { LoadReport } from "../care/source-load.ts";
import { writeSourceLoad } from "../state/source-loads.ts";

/** Keeps the load on each source where `status`, another process, finds it. */
export interface LoadNotes {
  /** In the caller's transaction: writes what has changed. */
  write(): void;
  /** Writes in a transaction of its own when nobody has written for long: a run of hours writes nothing else. */
  writeWhenOld(): void;
}

/** Twice the pace of what is written anyway, so that an idle agent makes no transaction for it. */
const OLD_MS = 30_000;

export function loadNotes(
  { database, world, transaction }: Store,
  reports: () => Iterable<readonly [source: string, report: LoadReport]>,
): LoadNotes {
  const { clock } = world;
  const written = new Map<string, number>();
  let writtenAt = clock.monotonic();
  const write = (): void => {
    writtenAt = clock.monotonic();
    for (const [source, report] of reports()) {
      if (written.get(source) === report.total.statements) continue;
      written.set(source, report.total.statements);
      writeSourceLoad(database, source, report);
    }
  };
  return {
    write,
    writeWhenOld() {
      if (clock.monotonic() - writtenAt >= OLD_MS) transaction(write, { durable: false });
    },
  };
}

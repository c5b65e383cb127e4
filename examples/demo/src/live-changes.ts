import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "@qianzhi/exchange";
import { copyOf, countOf } from "./story.ts";
import type { Word } from "./words.ts";
import { residentId } from "./generator.ts";

/** Something that happens in the department's own system, and how the platform shows it. */
export interface LiveChange {
  readonly what: Word;
  readonly arrived: (url: string) => Promise<boolean>;
}

const now = "datetime('now', 'localtime')";

/** Makes the changes a department makes on any day, and says how each can be seen at the platform. */
export function makeLiveChanges(database: Database): readonly LiveChange[] {
  const some = (sql: string): string => String(Object.values(database.prepare(sql).get() ?? {})[0]);
  const mover = some(
    "SELECT sfzh FROM rkxx WHERE zxbz = 0 AND xm IS NOT NULL AND length(sfzh) = 18 ORDER BY sfzh LIMIT 1 OFFSET 100",
  );
  const leaver = some(
    "SELECT sfzh FROM rkxx WHERE zxbz = 0 AND length(sfzh) = 18 ORDER BY sfzh LIMIT 1 OFFSET 200",
  );
  const nameless = some(
    "SELECT sfzh FROM rkxx WHERE zxbz = 0 AND xm IS NULL ORDER BY sfzh LIMIT 1",
  );
  const enterprise = some("SELECT tyshxydm FROM qyxx ORDER BY id LIMIT 1 OFFSET 50");
  const child = residentId("500103", "2026-11-23", 1);
  database.exec(
    `UPDATE rkxx SET dz = '重庆市渝中区新居路1号', gxsj = ${now} WHERE sfzh = '${mover}'`,
  );
  database.exec(
    `INSERT INTO rkxx (sfzh, xm, xb, csrq, xzqh, dz, gxsj) VALUES ('${child}', '欧阳𬱖', '女', '20261123', '500103', '重庆市渝中区医院路2号', ${now})`,
  );
  database.exec(`UPDATE rkxx SET zxbz = 1, gxsj = ${now} WHERE sfzh = '${leaver}'`);
  database.exec(`DELETE FROM qyxx WHERE tyshxydm = '${enterprise}'`);
  database.exec(`UPDATE rkxx SET xm = '补录', gxsj = ${now} WHERE sfzh = '${nameless}'`);
  const person = (id: string) => async (url: string) =>
    (await copyOf(url, "natural_person", "resident_id")).get(id);
  return [
    {
      what: "update",
      arrived: async (url) => (await person(mover)(url))?.["address"] === "重庆市渝中区新居路1号",
    },
    { what: "insert", arrived: async (url) => (await person(child)(url)) !== undefined },
    { what: "remove", arrived: async (url) => (await person(leaver)(url)) === undefined },
    {
      what: "dissolve",
      arrived: async (url) => !(await copyOf(url, "enterprise", "credit_code")).has(enterprise),
    },
    { what: "mend", arrived: async (url) => (await person(nameless)(url)) !== undefined },
  ];
}

/** Longer than the resolution of the change column, and less than the settle time of the site. */
const LATE_MS = 1_200;

/**
 * Rows that become visible after later ones: a clerk's form takes its stamp when it is opened and is saved afterwards, and
 * two rows are saved within one second. `between` is called when a poller has nothing but the later row to see.
 */
export async function makeLateCommits(
  database: Database,
  between: () => void,
): Promise<{ readonly count: number; readonly arrived: (url: string) => Promise<boolean> }> {
  const rows = database
    .prepare<{ sfzh: string }>(
      "SELECT sfzh FROM rkxx WHERE zxbz = 0 AND xm IS NOT NULL AND xb IN ('男','女') AND length(sfzh) = 18 AND csrq NOT LIKE '%0000' ORDER BY sfzh LIMIT 12 OFFSET 300",
    )
    .all();
  const late: string[] = [];
  for (const [place, { sfzh }] of rows.entries()) {
    if (place % 2 === 0) {
      late.push(sfzh);
      continue;
    }
    const opened = String(Object.values(database.prepare(`SELECT ${now}`).get() ?? {})[0]);
    if (place % 4 === 1) await delay(LATE_MS);
    database.exec(`UPDATE rkxx SET lxdh = '13700000000', gxsj = ${now} WHERE sfzh = '${sfzh}'`);
    between();
    database.exec(
      `UPDATE rkxx SET lxdh = '13700000000', gxsj = '${opened}' WHERE sfzh = '${late.at(-1)}'`,
    );
  }
  return {
    count: late.length,
    async arrived(url) {
      const copy = await copyOf(url, "natural_person", "resident_id");
      return late.every((id) => copy.get(id)?.["phone"] === "13700000000");
    },
  };
}

/** Changes while the platform is away; answers how many, and how to see that they have all arrived. */
export function makeChangesWhileDown(database: Database): {
  readonly count: number;
  readonly arrived: (url: string) => Promise<boolean>;
} {
  database.exec(
    `UPDATE rkxx SET lxdh = '13900000000', gxsj = ${now} WHERE sfzh IN (SELECT sfzh FROM rkxx WHERE zxbz = 0 AND xm IS NOT NULL AND xb IN ('男','女') AND length(sfzh) = 18 ORDER BY sfzh DESC LIMIT 300)`,
  );
  const moved = Number(
    Object.values(
      database.prepare("SELECT count(*) FROM rkxx WHERE lxdh = '13900000000'").get() ?? {},
    )[0],
  );
  database.exec("DELETE FROM qyxx WHERE id % 100 = 7");
  const enterprises = Number(
    Object.values(
      database.prepare("SELECT count(*) FROM qyxx WHERE clrq <> '9999-9-9'").get() ?? {},
    )[0],
  );
  return {
    count: moved + 15,
    async arrived(url) {
      const copy = await copyOf(url, "natural_person", "resident_id");
      const phones = [...copy.values()].filter(
        (record) => record["phone"] === "13900000000",
      ).length;
      // Rows that are not fit to be sent stay in quarantine whatever happens to them.
      return phones >= moved - 10 && (await countOf(url, "enterprise")) === enterprises;
    },
  };
}

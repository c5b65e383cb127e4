import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { facts, openScripted, table, texts, versions } from "./scripted-source.ts";
import { answerCatalog, type CatalogTable } from "./scripted-table.ts";
import type { Asked } from "./tds/requests.ts";
import type { Answer } from "./tds/scripted-server.ts";
import { kinds } from "./tds/tokens.ts";

const calm = () => new AbortController().signal;
const person: CatalogTable = {
  key: ["id"],
  columns: [
    { name: "id", type: "int" },
    { name: "name", type: "nvarchar", bytes: 40 },
    { name: "changed", type: "datetime" },
    { name: "version", type: "timestamp", bytes: 8 },
  ],
};
const relation = { table: ["dbo", "person"] };
const clock = "2026-11-24 10:00:10.123";

/** A server that tells who runs what: rows of (session, began, login, host, program), and transactions too. */
const activity =
  (running: readonly string[][], writing: readonly (string | null)[][], may = 1) =>
  ({ sql }: Asked): Answer | undefined => {
    if (sql.includes("HAS_PERMS_BY_NAME(NULL"))
      return table(
        [
          ["clock", kinds.nvarchar],
          ["may", kinds.int],
        ],
        [[clock, may]],
      );
    const columns = (count: number) =>
      Array.from({ length: count }, (_, at) => [`c${at}`, kinds.nvarchar] as const);
    if (sql.includes("dm_exec_requests")) return table(columns(5), running);
    return sql.includes("dm_tran_active") ? table(columns(6), writing) : undefined;
  };

const horizonOf = async (
  cursor: string,
  answer: (asked: Asked) => Answer | undefined,
  previous?: unknown,
  exactHorizon = true,
) => {
  await using scripted = await openScripted(
    { answer: (asked) => answer(asked) ?? answerCatalog(person, asked) },
    () => ({ exactHorizon }),
  );
  return await scripted.source.horizon!({ relation, cursor, settleMs: 60_000, previous }, calm());
};

describe("the horizon of a date and time", () => {
  test("is the source's clock, less a moment, where nobody writes", async () => {
    const { memory: _, ...horizon } = await horizonOf("changed", activity([], []));
    assert.deepEqual(horizon, { below: "2026-11-24 10:00:09.123", exact: true });
  });

  test("lies at the start of a statement that runs, and says who that is", async () => {
    const running = [["57", "2026-11-24 10:00:05.100", "app", "PC1", "HIS"]];
    const { memory: _, ...horizon } = await horizonOf("changed", activity(running, []));
    assert.deepEqual(horizon, {
      below: "2026-11-24 10:00:05.100",
      exact: true,
      heldBy: { session: "session 57 (app, PC1, HIS)", since: "2026-11-24 10:00:05.100" },
    });
  });

  test("stays at the clock of the poll before for a transaction that has come since", async () => {
    const { memory } = await horizonOf("changed", activity([], []));
    const writing = [["58", "2026-11-24 10:00:09.000", "app", "PC1", "", "777"]];
    const before = { ...(memory as object), clock: "2026-11-24 10:00:02.000" };
    const { below, exact } = await horizonOf("changed", activity([], writing), before);
    assert.deepEqual([below, exact], ["2026-11-24 10:00:02.000", true]);
  });

  test("is not said to be exact before somebody has seen that it is, and does not pass who is seen to write", async () => {
    const { memory, ...horizon } = await horizonOf("changed", activity([], []), undefined, false);
    assert.deepEqual(horizon, {
      below: "2026-11-24 09:59:10.123",
      exact: false,
      because: "unproven",
    });
    const writing = [["58", "2026-11-24 09:30:09.000", "app", "PC1", "", "777"]];
    const held = await horizonOf("changed", activity([], writing), memory, false);
    assert.deepEqual([held.below, held.exact], ["2026-11-24 09:30:09.000", false]);
  });

  test("is the settle time when the account may not see others, with the right to ask for", async () => {
    const { memory: _, ...horizon } = await horizonOf("changed", activity([], [], 0));
    assert.deepEqual(horizon, {
      below: "2026-11-24 09:59:10.123",
      exact: false,
      because: "privilege",
      grant: "USE [master]; GRANT VIEW SERVER PERFORMANCE STATE TO [reader];",
    });
  });

  test("is the settle time on a server that speaks the protocol and has no such lists", async () => {
    const unknown = { number: 208, text: "Invalid object name 'sys.dm_exec_requests'." };
    const relative = (asked: Asked) =>
      asked.sql.includes("dm_exec_requests") ? { errors: [unknown] } : activity([], [])(asked);
    const { below, exact, because } = await horizonOf("changed", relative);
    assert.deepEqual([below, exact, because], ["2026-11-24 09:59:10.123", false, "unsupported"]);
  });

  test("is the settle time on a secondary", async () => {
    const secondary = (asked: Asked) =>
      asked.sql.includes("'ProductVersion'")
        ? facts(versions[2016], "READ_ONLY")
        : activity([], [])(asked);
    const { exact, because } = await horizonOf("changed", secondary);
    assert.deepEqual([exact, because], [false, "replica"]);
  });
});

test("the horizon of a rowversion is the least that an open transaction may have given", async () => {
  const least = Buffer.from("00000000000007d1", "hex");
  const { below, exact } = await horizonOf("version", ({ sql }) =>
    sql.includes("MIN_ACTIVE_ROWVERSION") ? table([["v", kinds.varbinary]], [[least]]) : undefined,
  );
  assert.deepEqual([below, exact], [{ base64: least.toString("base64") }, true]);
});

describe("change tracking", () => {
  const columns = [{ name: "name" }, { name: "id" }];
  const changesOf = async (
    position: unknown,
    {
      versions: [current, oldest] = ["20", "10"],
      rows = [],
    }: { versions?: readonly (string | null)[]; rows?: readonly unknown[][] } = {},
  ) => {
    await using scripted = await openScripted({
      answer: (asked) => {
        if (asked.sql.includes("CHANGETABLE"))
          return table(
            [
              ["v", kinds.nvarchar],
              ["here", kinds.int],
              ["name", kinds.nvarchar],
              ["id", kinds.int],
              ["key", kinds.int],
            ],
            rows,
          );
        return asked.sql.includes("CHANGE_TRACKING")
          ? texts([current!, oldest!])
          : answerCatalog(person, asked);
      },
    });
    const page = await scripted.source.changes!(relation, columns, position, calm());
    return { page, asked: scripted.server.asked.find(({ sql }) => sql.includes("CHANGETABLE")) };
  };
  const isCode = (code: string) => (error: unknown) => {
    assert.ok(QianzhiError.is(error), String(error));
    assert.equal(error.code, code);
    return true;
  };

  test("begins with the version of now, and no changes", async () => {
    const { page } = await changesOf(null);
    assert.deepEqual(page, { changes: [], position: { version: "20" }, end: true });
  });

  test("gives each row as it is now, and a deletion as its key alone", async () => {
    const rows = [
      ["12", 1, "张三", 7, 7],
      ["13", null, null, 8, 8],
    ];
    const { page, asked } = await changesOf({ version: "11" }, { rows });
    assert.deepEqual(page, {
      changes: [
        { op: "upsert", row: ["张三", 7] },
        { op: "delete", row: [null, 8] },
      ],
      position: { version: "20" },
      end: true,
    });
    assert.match(asked!.sql, /CHANGETABLE\(CHANGES \[dbo\]\.\[person\], 11\)/);
  });

  test("goes on within a version after the last row of a full page", async () => {
    const rows = Array.from({ length: 1_001 }, (_, at) => ["15", 1, "x", at, at]);
    const { page } = await changesOf({ version: "11" }, { rows });
    assert.deepEqual([page.changes.length, page.end], [1_000, false]);
    assert.deepEqual(page.position, { version: "11", until: "20", after: ["15", 999] });
    const next = await changesOf(JSON.parse(JSON.stringify(page.position)), {
      versions: ["25", "10"],
    });
    assert.match(
      next.asked!.sql,
      /WHERE SYS_CHANGE_VERSION >= .* AND \[id\] > CONVERT\(bigint, @p4\)/,
    );
    assert.deepEqual(next.page.position, { version: "20" });
  });

  test("that was cleaned up, or whose database was restored, is lost", async () => {
    await assert.rejects(changesOf({ version: "9" }), isCode("QZ_CHANGES_LOST"));
    await assert.rejects(changesOf({ version: "21" }), isCode("QZ_CHANGES_LOST"));
  });

  test("that is not there, or not to be seen, tells the DBA what to run", async () => {
    await assert.rejects(changesOf(null, { versions: ["20", null] }), (error) => {
      assert.ok(QianzhiError.is(error) && error.code === "QZ_SOURCE_DENIED");
      assert.match(
        error.hint,
        /ENABLE CHANGE_TRACKING; GRANT VIEW CHANGE TRACKING ON \[dbo\]\.\[person\] TO \[reader\];/,
      );
      return true;
    });
  });
});

test("counters of another database are asked for there, where its table is", async () => {
  const least = Buffer.alloc(8);
  await using scripted = await openScripted({
    answer: (asked) =>
      asked.sql.includes("MIN_ACTIVE_ROWVERSION")
        ? table([["v", kinds.varbinary]], [[least]])
        : asked.sql.includes("CHANGE_TRACKING")
          ? texts(["20", "10"])
          : answerCatalog(person, asked),
  });
  const elsewhere = { table: ["pay", "dbo", "person"] };
  await scripted.source.horizon!({ relation: elsewhere, cursor: "version", settleMs: 0 }, calm());
  await scripted.source.changes!(elsewhere, [{ name: "id" }], null, calm());
  const asked = scripted.server.asked.slice(-2);
  for (const { sql } of asked) assert.match(sql, /^EXEC \[pay\]\.sys\.sp_executesql N'SELECT /);
  assert.deepEqual(asked[1]?.params, { p1: "[pay].[dbo].[person]" });
});

import assert from "node:assert/strict";
import { everythingSaid, isCode, leavesNothing, promptly, recoversBy, until } from "../expect.ts";
import type { CaseBody } from "../groups.ts";
import { wrongPassword, type ConformanceHarness, type WrongOption } from "../harness.ts";
import { calm, ids, numbered, over, withSource, pairs } from "../read.ts";
import { testHost } from "../test-host.ts";

/** Openings that fail, connections that end, names and rights that are missing. */
export function connectionCases(harness: ConformanceHarness): readonly CaseBody[] {
  const table = ids(harness, numbered(20));
  const openWrongly = async (option: WrongOption) => {
    await (await promptly(harness.openWrongly!(option, testHost()), `a wrong ${option}`)).close();
  };
  const wrong = (option: WrongOption, protects: string, codes: readonly string[]): CaseBody => ({
    name: `a wrong ${option} is ${codes[0]}`,
    protects,
    needs: [option],
    run: () => assert.rejects(openWrongly(option), isCode(...codes)),
  });
  return [
    wrong("password", "a refused password is not hammered until the account locks", [
      "QZ_SOURCE_AUTH",
    ]),
    wrong("address", "a network that is down is tried again soon", ["QZ_SOURCE_UNREACHABLE"]),
    // A server may not tell an account without rights whether the database exists.
    wrong("database", "the operator is told which name is wrong", [
      "QZ_DATABASE_NOT_FOUND",
      "QZ_SOURCE_DENIED",
    ]),
    {
      name: "an error of a refused login does not carry the password",
      protects: "passwords in logs",
      needs: ["password"],
      run: () =>
        assert.rejects(openWrongly("password"), (error) => {
          assert.ok(!everythingSaid(error).includes(wrongPassword));
          return true;
        }),
    },
    {
      name: "an opening that fails leaves no connection behind",
      protects: "the server's connection limit, against an agent that tries again and again",
      needs: ["database", "connections"],
      run: async () => {
        const before = await harness.connections!();
        for (let round = 0; round < 3; round++)
          await openWrongly("database").catch(() => undefined);
        await until(async () => (await harness.connections!()) <= before, "connections are closed");
      },
    },
    {
      name: "an opening that fails leaves no timer, socket or handle either",
      protects: "an agent that tries again every minute, against a server that has moved",
      needs: ["database"],
      run: () => leavesNothing(() => openWrongly("database").catch(() => undefined)),
    },
    {
      name: "a connection that the server ends is an error to reconnect after, for the call and all that follow",
      protects: "an agent that hangs or reads on from nothing after a restart of the server",
      needs: ["sever"],
      run: () =>
        withSource(harness, [], async (source) => {
          const relation = await harness.createTable(table);
          await source.probe(calm());
          await harness.sever!();
          for (let attempt = 0; attempt < 2; attempt++) {
            await assert.rejects(
              promptly(source.probe(calm()), "a probe"),
              recoversBy("reconnect"),
            );
            if (source.scan !== undefined)
              await assert.rejects(
                promptly(source.scan(over(relation, table, ["id"]), calm()), "a page"),
                recoversBy("reconnect"),
              );
          }
        }),
    },
    {
      name: "after a lost connection a newly opened source reads on, and the old one closes",
      protects: "recovery without a restart of the agent",
      needs: ["sever"],
      run: () =>
        withSource(harness, [], async (source) => {
          const relation = await harness.createTable(table);
          await harness.sever!();
          await source.probe(calm()).catch(() => undefined);
          await promptly(source.close(), "closing");
          await withSource(harness, [], async (next) =>
            assert.equal((await next.describe(relation, calm())).columns.length, 1),
          );
        }),
    },
    {
      name: "a missing table and a missing column of a page have codes of their own",
      protects: "the operator is told which name to mend",
      needs: ["scan"],
      run: () =>
        withSource(harness, ["scan"], async (source) => {
          const request = over(await harness.createTable(table), table, ["id"]);
          await assert.rejects(
            source.scan({ ...request, relation: { table: ["qz_no_such"] } }, calm()),
            isCode("QZ_TABLE_NOT_FOUND"),
          );
          for (const part of [
            { columns: [{ name: "no_such" }] },
            { order: ["no_such"], columns: [{ name: "id" }, { name: "no_such" }] },
          ])
            await assert.rejects(
              source.scan({ ...request, ...part }, calm()),
              isCode("QZ_COLUMN_NOT_FOUND"),
            );
          assert.equal((await source.scan(request, calm())).rows.length, 20, "and goes on working");
        }),
    },
    {
      name: "a predicate that the source cannot read is QZ_QUERY_FAILED",
      protects: "the operator is told that the predicate is at fault",
      needs: ["scan", "predicates"],
      run: () =>
        withSource(harness, ["scan"], async (source) => {
          const request = over(await harness.createTable(table), table, ["id"]);
          await assert.rejects(
            source.scan({ ...request, where: "id > > 1" }, calm()),
            isCode("QZ_QUERY_FAILED"),
          );
          assert.equal((await source.scan(request, calm())).rows.length, 20, "and goes on working");
        }),
    },
    {
      name: "a column that is dropped between two pages is an error, never a value",
      protects: "a source that changes its shape during a read",
      needs: ["scan"],
      run: () =>
        withSource(harness, ["scan"], async (source) => {
          const wide = pairs(
            harness,
            numbered(5).map(([id]) => [id!, "1"]),
          );
          const relation = await harness.createTable(wide);
          const request = { ...over(relation, wide, ["id"]), pageRows: 2 };
          await source.scan(request, calm());
          await harness.createTable({ ...table, name: wide.name, rows: numbered(5) });
          await assert.rejects(
            source.scan({ ...request, from: [2] }, calm()),
            isCode("QZ_COLUMN_NOT_FOUND"),
          );
        }),
    },
    // What the account may not see the source may call missing.
    denied("table", "QZ_TABLE_NOT_FOUND"),
    denied("column", "QZ_COLUMN_NOT_FOUND"),
  ];

  function denied(what: "table" | "column", hidden: string): CaseBody {
    return {
      name: `a ${what} that the account may not read is QZ_SOURCE_DENIED`,
      protects: "a missing right that reads as an empty table, or as NULL",
      needs: ["scan", `denied ${what}`],
      run: () =>
        withSource({ open: harness.openDenied ?? harness.open }, ["scan"], async (source) => {
          const relation = await harness.denied!(what);
          const columns = [{ name: "id" }, { name: "v" }];
          await assert.rejects(
            source.scan({ relation, columns, order: [], pageRows: 10 }, calm()),
            isCode("QZ_SOURCE_DENIED", hidden),
          );
          if (what === "column") {
            const readable = { relation, columns: [{ name: "id" }], order: [], pageRows: 10 };
            assert.ok((await source.scan(readable, calm())).end, "the other column is read");
          }
        }),
    };
  }
}

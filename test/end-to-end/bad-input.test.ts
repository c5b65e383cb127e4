import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import mysql from "@qianzhi/adapter-mysql";
import sqlite from "@qianzhi/adapter-sqlite";
import {
  forgetRelationShape,
  openSite,
  runOnce,
  writePipelineState,
  type Site,
} from "@qianzhi/agent";
import { openDatabase } from "@qianzhi/exchange";
import { createPlatform } from "@qianzhi/sandbox";
import type { Adapter } from "@qianzhi/sdk";
import { createConnection } from "mysql2/promise";
import { person } from "../world/person.ts";
import { platformTarget } from "../world/platform-target.ts";
import { realWorld } from "../world/real-world.ts";
import { siteConfig, type PipelineOptions } from "../world/site-config.ts";

const server = process.env["QIANZHI_TEST_MYSQL_URL"];

interface Legacy extends AsyncDisposable {
  readonly adapter: Adapter;
  readonly options: Readonly<Record<string, unknown>>;
  exec(sql: string): Promise<unknown>;
}

interface Engine {
  readonly name: string;
  readonly skip: string | false;
  /** The stored bytes of a text, in a column that is declared to hold another charset. */
  readonly bytes: (hex: string) => string;
  /** Before 8.0 MySQL renames a column with its type alone. */
  readonly rename: (from: string, to: string) => string;
  open(folder: string): Promise<Legacy>;
}

const engines: readonly Engine[] = [
  {
    name: "sqlite",
    skip: false,
    bytes: (hex) => `CAST(X'${hex}' AS TEXT)`,
    rename: (from, to) => `ALTER TABLE rkxx RENAME COLUMN ${from} TO ${to}`,
    async open(folder) {
      const path = join(folder, "legacy.db");
      const database = await openDatabase(path);
      database.exec("PRAGMA journal_mode = WAL");
      return {
        adapter: sqlite as Adapter,
        options: { path },
        exec: async (sql) => database.exec(sql),
        [Symbol.asyncDispose]: async () => database.close(),
      };
    },
  },
  {
    name: "MariaDB",
    skip: server === undefined ? "QIANZHI_TEST_MYSQL_URL names no server" : false,
    bytes: (hex) => `X'${hex}'`,
    rename: (from, to) => `ALTER TABLE rkxx CHANGE ${from} ${to} VARCHAR(20)`,
    async open() {
      const { hostname: host, port, username: user, password } = new URL(server ?? "");
      const account = { host, port: Number(port), user, password: decodeURIComponent(password) };
      const database = `qz_bad_input_${process.pid}`;
      const admin = await createConnection({ ...account, multipleStatements: true });
      await admin.query(
        `DROP DATABASE IF EXISTS ${database}; CREATE DATABASE ${database} CHARACTER SET latin1; USE ${database}`,
      );
      return {
        adapter: mysql as Adapter,
        options: { ...account, database },
        exec: (sql) => admin.query(sql),
        async [Symbol.asyncDispose]() {
          await admin.query(`DROP DATABASE ${database}`);
          await admin.end();
        },
      };
    },
  },
];

const columns = { resident_id: "sfzh", name: "xm", age: "nl" };
const neighbour = { ...person, identifier: "neighbour", code: "307050001/000018" } as const;
const schema = `CREATE TABLE rkxx (sfzh VARCHAR(18) NOT NULL PRIMARY KEY, xm VARCHAR(20), nl INTEGER, gxsj DATETIME);
  CREATE TABLE lj (sfzh VARCHAR(18) NOT NULL PRIMARY KEY, xm VARCHAR(20), nl INTEGER);`;

/** A site with the pipeline concerned, `natural_person`, and one beside it from the same source. */
async function siteOn(engine: Engine, pipeline: Partial<PipelineOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "qianzhi-bad-"));
  const legacy = await engine.open(folder);
  await legacy.exec(schema);
  const world = realWorld();
  const platform = createPlatform({ world });
  for (const resource of [pipeline.resource ?? person, neighbour]) {
    platform.catalog.publish(JSON.stringify(resource));
    platform.sites.grant("test-site", resource.identifier);
  }
  let beside = 0;
  const site: Site = await openSite({
    config: siteConfig({
      dataDirectory: join(folder, "data"),
      adapter: legacy.adapter,
      sourceOptions: legacy.options,
      pipelines: [
        { resource: person, table: "rkxx", columns, ...pipeline },
        { resource: neighbour, table: "lj", columns },
      ],
    }),
    world,
    target: platformTarget(platform, "test-site"),
    lock: true,
  });
  return {
    exec: legacy.exec,
    /** Runs both: the one beside has a new row each time, which arrives whatever becomes of the other. */
    async run() {
      beside += 1;
      await legacy.exec(`INSERT INTO lj VALUES ('n${beside}', 'B', 1)`);
      const signal = new AbortController().signal;
      const [report] = await runOnce(site, [...site.runners.values()], { signal });
      assert.equal(platform.resourceDigest("neighbour").count, beside);
      return report;
    },
    /** As `qianzhi resync` does. */
    async resync() {
      writePipelineState(site.store, "natural_person", { resync: true });
      forgetRelationShape(site.store.database, "natural_person");
    },
    names: () =>
      platform
        .records("natural_person", { limit: 100 })
        .records.map((text) => (JSON.parse(text) as { name: string }).name)
        .toSorted(),
    quarantined: () =>
      site.outbox.quarantine
        .list({ pipeline: "natural_person" })
        .flatMap(({ reasons }) => reasons.map(({ code }) => code))
        .toSorted(),
    async [Symbol.asyncDispose]() {
      await site.close();
      platform.close();
      await legacy[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

const two =
  "INSERT INTO rkxx VALUES ('1', 'A', 1, '2020-01-01 00:00:00'), ('2', 'C', 2, '2020-01-02 00:00:00')";

for (const engine of engines)
  describe(`bad input of ${engine.name}`, { skip: engine.skip }, () => {
    it("quarantines bytes that are no text in the charset declared, and decodes the others", async () => {
      await using site = await siteOn(engine, { charset: "gbk" });
      const { bytes } = engine;
      await site.exec(`INSERT INTO rkxx VALUES ('1', ${bytes("d6d8c7ec")}, 1, NULL),
        ('2', ${bytes("d6d8c7ecca")}, 2, NULL), ('3', ${bytes("cdf5fe9f")}, 3, NULL), ('4', ${bytes("ff")}, 4, NULL)`);
      await site.run();
      assert.deepEqual(site.names(), ["王䶮", "重庆"]);
      assert.deepEqual(site.quarantined(), ["QZ_CHARSET_INVALID", "QZ_CHARSET_INVALID"]);
      await site.exec(`UPDATE rkxx SET xm = ${bytes("d6d8c7ec")} WHERE sfzh IN ('2', '4')`);
      await site.run();
      assert.deepEqual([site.names().length, site.quarantined()], [4, []]);
    });

    for (const mode of ["diff", "cursor", "replace"] as const)
      it(`quarantines a record that fits in no batch, and sends the others, in mode ${mode}`, async () => {
        await using site = await siteOn(engine, {
          mode,
          ...(mode === "cursor" ? { cursor: "gxsj", key: ["sfzh"] } : {}),
          resource: {
            ...person,
            items: [...person.items, { identifier: "scan", name: "扫描件", type: "text" }],
          },
          columns: { ...columns, scan: "smj" },
        });
        await site.exec(`${two}; ALTER TABLE rkxx ADD COLUMN smj LONGTEXT;
          UPDATE rkxx SET smj = '${"x".repeat(8 * 1024 * 1024)}' WHERE sfzh = '1'`);
        assert.equal((await site.run())?.error, undefined);
        assert.deepEqual([site.names(), site.quarantined()], [["C"], ["QZ_BATCH_TOO_LARGE"]]);
        await site.exec(
          "UPDATE rkxx SET smj = NULL, gxsj = '2020-01-03 00:00:00' WHERE sfzh = '1'",
        );
        await site.run();
        assert.deepEqual([site.names(), site.quarantined()], [["A", "C"], []]);
      });

    it("stops for a column that was renamed, deletes nothing, and goes on when it is back", async () => {
      await using site = await siteOn(engine);
      await site.exec(two);
      await site.run();
      await site.exec(engine.rename("xm", "mc"));
      assert.equal((await site.run())?.error?.code, "QZ_SCHEMA_DRIFT");
      assert.deepEqual(site.names(), ["A", "C"]);
      await site.exec(`${engine.rename("mc", "xm")}; UPDATE rkxx SET xm = 'D' WHERE sfzh = '2'`);
      assert.equal((await site.run())?.error, undefined);
      assert.deepEqual(site.names(), ["A", "D"]);
    });

    it("stops for a column that has another type; once it is agreed to, maps every row again and quarantines what no longer fits", async () => {
      await using site = await siteOn(engine);
      await site.exec(two);
      await site.run();
      await site.exec(`DROP TABLE rkxx; ${schema.split(";")[0]?.replace("nl INTEGER", "nl VARCHAR(9)")};
        INSERT INTO rkxx VALUES ('1', 'A', '1', NULL), ('2', 'C', 'two', NULL)`);
      assert.equal((await site.run())?.error?.code, "QZ_SCHEMA_DRIFT");
      assert.deepEqual(site.quarantined(), []);
      await site.resync();
      await site.run();
      assert.deepEqual(site.quarantined(), ["QZ_NUMBER_INVALID"]);
      assert.deepEqual(site.names(), ["A", "C"]);
    });

    it("stops for a table that was dropped, and deletes nothing", async () => {
      await using site = await siteOn(engine);
      await site.exec(two);
      await site.run();
      await site.exec("DROP TABLE rkxx");
      assert.equal((await site.run())?.error?.code, "QZ_TABLE_NOT_FOUND");
      assert.deepEqual(site.names(), ["A", "C"]);
    });

    it("quarantines rows without a change stamp, and sends the others", async () => {
      await using site = await siteOn(engine, { mode: "cursor", cursor: "gxsj", key: ["sfzh"] });
      await site.exec(`${two}, ('3', 'E', 3, NULL)`);
      await site.run();
      assert.deepEqual([site.names(), site.quarantined()], [["A", "C"], ["QZ_CURSOR_NULL"]]);
      await site.exec("UPDATE rkxx SET gxsj = '2020-01-03 00:00:00' WHERE sfzh = '3'");
      await site.run();
      assert.deepEqual([site.names(), site.quarantined()], [["A", "C", "E"], []]);
    });

    it("reads everything again from a backup that was restored, though its stamps are all behind", async () => {
      await using site = await siteOn(engine, { mode: "cursor", cursor: "gxsj", key: ["sfzh"] });
      await site.exec(two);
      await site.run();
      await site.exec("UPDATE rkxx SET xm = 'D', gxsj = '2020-02-01 00:00:00' WHERE sfzh = '1'");
      await site.run();
      assert.equal((await site.run())?.read, 0);
      assert.deepEqual(site.names(), ["C", "D"]);
      await site.exec(`DELETE FROM rkxx; ${two}`);
      await site.run();
      assert.deepEqual(site.names(), ["A", "C"]);
      assert.equal((await site.run())?.read, 0);
    });

    it("takes the deletion of the newest row for no restored backup", async () => {
      await using site = await siteOn(engine, { mode: "cursor", cursor: "gxsj", key: ["sfzh"] });
      await site.exec(two);
      await site.run();
      await site.exec("DELETE FROM rkxx WHERE sfzh = '2'");
      assert.equal((await site.run())?.read, 0);
    });

    it("says of a view that has no key that its key is to be named", async () => {
      await using site = await siteOn(engine, { table: "v" });
      await site.exec("CREATE VIEW v AS SELECT * FROM rkxx");
      const { code, message, hint } = (await site.run())?.error ?? {};
      assert.equal(code, "QZ_KEY_UNDECLARED");
      assert.match(`${message} ${hint}`, /v has no primary key.*natural_person.*`key`/);
    });

    for (const mode of ["diff", "cursor"] as const)
      it(`never sends one of two rows of a view that have one key, in mode ${mode}`, async () => {
        const cursor = mode === "cursor" ? { mode, cursor: "gxsj" } : { mode };
        await using site = await siteOn(engine, { ...cursor, table: "v", key: ["sfzh"] });
        await site.exec(
          "CREATE VIEW v AS SELECT * FROM rkxx UNION ALL SELECT sfzh, 'X', nl, gxsj FROM rkxx WHERE nl = 2",
        );
        await site.exec(two);
        const report = await site.run();
        assert.ok(
          report?.error?.code === "QZ_KEY_NOT_UNIQUE" ||
            site.quarantined().includes("QZ_KEY_COLLISION"),
          report?.error?.stack,
        );
        assert.ok(!site.names().includes("C") && !site.names().includes("X"));
      });

    it("says of a plain error of an adapter whose it is", async () => {
      const failing = {
        ...engine,
        open: async (folder: string) => broken(await engine.open(folder)),
      };
      await using site = await siteOn(failing);
      await site.exec(two);
      const error = (await site.run())?.error;
      assert.equal(error?.code, "QZ_ADAPTER_FAULT");
      assert.match(String(error?.cause), /vendor/);
    });
  });

/** An adapter that throws an error of its own when the table concerned is read. */
function broken(legacy: Legacy): Legacy {
  const { adapter } = legacy;
  const open: Adapter["open"] = async (options, host) => {
    const source = await adapter.open(options, host);
    return {
      ...source,
      async describe(relation, signal) {
        if ("table" in relation && relation.table[0] === "rkxx") throw new Error("vendor: oops");
        return await source.describe(relation, signal);
      },
    };
  };
  return {
    adapter: { ...adapter, open },
    options: legacy.options,
    exec: legacy.exec,
    [Symbol.asyncDispose]: () => legacy[Symbol.asyncDispose](),
  };
}

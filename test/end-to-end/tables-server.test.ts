import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { statfsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { QianzhiError, type World } from "@qianzhi/sdk";
import exchangeTables from "@qianzhi/target-exchange-tables";
import { createConnection, type Connection } from "mysql2/promise";
import { ownMariadb, type OwnMariadb } from "../world/own-mariadb.ts";
import { person } from "../world/person.ts";
import { tablesSite } from "../world/tables-site.ts";

const signal = new AbortController().signal;
const stream = { site: "bureau", pipeline: "persons", resource: person.identifier };

/** A certificate for one name, signed by itself, as PEM files; false where there is nothing to make it with. */
function certificate(folder: string, name: string): boolean {
  try {
    execFileSync(
      "openssl",
      // prettier-ignore
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=db",
        "-addext", `subjectAltName=${name}`, "-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")],
      { stdio: "ignore" },
    );
    return true;
  } catch {
    return false;
  }
}

/** Puts a small file system where the server keeps the tables of one database; false where that is not possible. */
function mount(directory: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m,mode=700", "tmpfs", directory], {
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
}

describe("a front-end database whose certificate and disk are its own", () => {
  let folder: string;
  let server: OwnMariadb;
  let admin: Connection;
  let skip: string | undefined;
  let mounted: string | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "qianzhi-tls-"));
    if (!certificate(folder, "IP:127.0.0.1")) return void (skip = "openssl is not there");
    const started = await ownMariadb([
      `--ssl-cert=${folder}/cert.pem`,
      `--ssl-key=${folder}/key.pem`,
    ]);
    if ("missing" in started) return void (skip = started.missing);
    server = started;
    admin = await createConnection({ uri: server.url, multipleStatements: true });
    await admin.query(`CREATE DATABASE qzk CHARACTER SET utf8mb4; USE qzk;
      CREATE USER front@'%' IDENTIFIED BY 'front' REQUIRE SSL; GRANT ALL ON qzk.* TO front@'%'`);
  });
  after(async () => {
    await admin?.end();
    if (mounted !== undefined) execFileSync("umount", ["-l", mounted]);
    await server?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const account = () => ({ port: server.port, user: "front", password: "front", database: "qzk" });

  /** What asking for a position comes to: without tables, that they are missing, once connected and logged in. */
  async function asked(tls: unknown, host = "127.0.0.1"): Promise<string> {
    const options = {
      ...account(),
      engine: "mysql" as const,
      host,
      schema: "public",
      profile: "national",
      dataSource: "p50",
      offset: "+08:00",
      maxConnections: 1,
      connectTimeoutMs: 5_000,
      statementTimeoutMs: 5_000,
      ...(tls === undefined ? {} : { tls: tls as boolean }),
    };
    const files = { directory: folder, read: (path: string) => readFile(path, "utf8") };
    const { open } = await exchangeTables.configure(options, files);
    const clock = { now: () => 0, monotonic: () => 0 };
    const target = open({ site: "bureau", world: { clock } as World, resource: () => undefined });
    try {
      return await target.position!(stream, signal).then(
        () => "answered",
        (error: unknown) => (QianzhiError.is(error) ? error.code : String(error)),
      );
    } finally {
      await target.close();
    }
  }

  it("is reached by TLS when it shows the certificate for its address, and by nothing less", async (t) => {
    if (skip !== undefined) return t.skip(skip);
    const reached = "QZ_TARGET_TABLE_MISSING";
    const ca = await readFile(join(folder, "cert.pem"), "utf8");
    assert.deepEqual(
      {
        plain: await asked(undefined),
        unknownAuthority: await asked(true),
        right: await asked({ ca }),
        otherName: await asked({ ca }, "localhost"),
        unverified: await asked({ verify: "none" }, "localhost"),
      },
      {
        plain: "QZ_TARGET_AUTH",
        unknownAuthority: "QZ_PLATFORM_TLS",
        right: reached,
        otherName: "QZ_PLATFORM_TLS",
        unverified: reached,
      },
    );
    certificate(folder, "DNS:localhost");
    await admin.query("FLUSH SSL");
    const another = await readFile(join(folder, "cert.pem"), "utf8");
    assert.deepEqual(
      [await asked({ ca: another }), await asked({ ca: another }, "localhost")],
      ["QZ_PLATFORM_TLS", reached],
      "a name in the certificate is not the address",
    );
  });

  it("whose disk is full stops delivery with what to do, and takes the batch when there is room", async (t) => {
    if (skip !== undefined) return t.skip(skip);
    const [[{ data }]] = (await admin.query("SELECT @@datadir AS data")) as unknown as [
      [{ data: string }],
    ];
    const place = join(data, "qzk");
    if (!mount(place)) return t.skip("a small disk can be mounted by root on Linux only");
    mounted = place;
    await using site = await tablesSite("mysql", {
      ...account(),
      tls: { verify: "none" },
    });
    await admin.query(String((await site.ask("target", "ddl"))["ddl"]));
    await admin.query(`CREATE TABLE dn_audit_abnormal (row_guid VARCHAR(50) NOT NULL PRIMARY KEY, err_type VARCHAR(100),
      remark VARCHAR(1000), table_sql_name VARCHAR(100), table_row_guid VARCHAR(50), table_cd_batch VARCHAR(32))`);
    const filler = join(place, "filler");
    const { bavail, bsize } = statfsSync(place);
    await writeFile(filler, Buffer.alloc(bavail * bsize));
    site.legacy.exec(
      Array.from(
        { length: 1_000 },
        (_, n) => `INSERT INTO rk VALUES ('p${n}', '甲', 1, '2026-01-01 00:00:01')`,
      ).join(";"),
    );
    const full = await site.ask("run", "--once");
    assert.equal(full["ok"], false);
    assert.match(JSON.stringify(full), /QZ_TARGET_FULL.*127\.0\.0\.1:\d+.*make room/);
    assert.match(JSON.stringify((await site.ask("status"))["pipelines"]), /"waitingBatches":[1-9]/);
    await rm(filler);
    const later = await site.ask("run", "--once");
    assert.equal(later["ok"], true, JSON.stringify(later));
    const [rows] = await admin.query(`SELECT count(*) AS n FROM up_${person.identifier}`);
    assert.deepEqual(rows, [{ n: 1_000 }]);
  });
});

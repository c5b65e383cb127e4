import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openDatabase } from "@qianzhi/exchange";
import { startSandbox, type Sandbox } from "@qianzhi/sandbox";
import { createConnection } from "mysql2/promise";
import { root } from "../architecture/workspace.ts";
import { commandLine } from "../world/commands.ts";
import { recordingProxy } from "../world/recording-proxy.ts";

const server = process.env["QIANZHI_TEST_MYSQL_URL"];

const descriptor = {
  apiVersion: "qianzhi/v1",
  kind: "Resource",
  code: "307050001/000017",
  identifier: "person",
  name: "人",
  version: "1.0.0",
  provider: { name: "示例局", code: "11500000MB0000019F" },
  share: { type: "unconditional" },
  updateCycle: "realtime",
  key: ["number"],
  items: [
    { identifier: "number", name: "号码", type: "string", maxLength: 40, sensitivity: "high" },
    { identifier: "name", name: "姓名", type: "string", maxLength: 30, sensitivity: "high" },
    { identifier: "born", name: "出生日期", type: "date", sensitivity: "high" },
    { identifier: "sex", name: "性别", type: "string", maxLength: 1, sensitivity: "high" },
    { identifier: "income", name: "收入", type: "string", maxLength: 40, share: "none" },
  ],
};

/** Never in any byte that leaves, is logged, is printed or is kept. */
const forbidden = [
  "canary-unshared",
  "canary-unmapped",
  "canary-hidden-key",
  "canary-hidden-last-key",
  "canary-hidden-name",
  "canary-password",
  "canary-wrong-password",
];
/** Sensitive: delivered, and kept where delivery needs it, but in no message. */
const sensitive = ["canary-sent-key", "canary-sent-name"];
/** Sensitive and not fit to be sent: kept encrypted. */
const refused = [
  "canary-bad-key",
  "canary-bad-name-that-is-much-too-long-to-be-sent",
  "canary-date",
  "canary-sex",
];

const rows = `INSERT INTO ry (hm, xm, csrq, xb, sr, bz, mj, gxsj) VALUES
  ('canary-sent-key', 'canary-sent-name', '2001-02-03', '1', 'canary-unshared', 'canary-unmapped', 0, '2020-01-01 00:00:00'),
  ('canary-hidden-key', 'canary-hidden-name', '2001-02-03', '1', 'canary-unshared', 'canary-unmapped', 1, '2020-01-02 00:00:00'),
  ('canary-bad-key', 'canary-bad-name-that-is-much-too-long-to-be-sent', 'canary-date', 'canary-sex', 'canary-unshared', 'canary-unmapped', 0, '2020-01-03 00:00:00'),
  ('canary-sent-key-2', 'canary-sent-name', '2001-02-03', '2', 'canary-unshared', 'canary-unmapped', 0, '2020-01-04 00:00:00'),
  ('canary-hidden-last-key', 'canary-hidden-name', '2001-02-03', '1', 'canary-unshared', 'canary-unmapped', 1, '2020-01-04 12:00:00')`;
const table = `CREATE TABLE ry (hm VARCHAR(40) NOT NULL PRIMARY KEY, xm VARCHAR(80), csrq VARCHAR(40), xb VARCHAR(40), sr VARCHAR(80), bz VARCHAR(80), mj INTEGER, gxsj DATETIME)`;

interface Legacy extends AsyncDisposable {
  readonly source: object;
  exec(sql: string): Promise<unknown>;
}

const kinds: readonly {
  readonly kind: string;
  readonly mode: "cursor" | "diff";
  readonly skip: string | false;
  open(folder: string): Promise<Legacy>;
}[] = [
  {
    kind: "sqlite",
    mode: "diff",
    skip: false,
    async open(folder) {
      const database = await openDatabase(join(folder, "legacy.db"));
      return {
        source: { kind: "sqlite", options: { path: "./legacy.db" } },
        exec: async (sql) => database.exec(sql),
        [Symbol.asyncDispose]: async () => database.close(),
      };
    },
  },
  {
    kind: "mysql",
    mode: "cursor",
    skip: server === undefined ? "QIANZHI_TEST_MYSQL_URL names no server" : false,
    async open() {
      const { hostname: host, port, username, password } = new URL(server ?? "");
      const name = `qz_canary_${process.pid}`;
      const admin = await createConnection({
        host,
        port: Number(port),
        user: username,
        password: decodeURIComponent(password),
        multipleStatements: true,
      });
      await admin.query(`DROP DATABASE IF EXISTS ${name}; CREATE DATABASE ${name} CHARACTER SET utf8mb4; USE ${name};
        CREATE USER '${name}'@'%' IDENTIFIED BY 'canary-password';
        GRANT SELECT ON ${name}.* TO '${name}'@'%'`);
      return {
        source: {
          kind: "mysql",
          options: {
            host,
            port: Number(port),
            user: name,
            password: { env: "PASSWORD" },
            database: name,
          },
        },
        exec: (sql) => admin.query(sql),
        async [Symbol.asyncDispose]() {
          await admin.query(`DROP DATABASE ${name}; DROP USER '${name}'@'%'`);
          await admin.end();
        },
      };
    },
  },
];

for (const { kind, mode, skip, open } of kinds)
  describe(`I5, I8: a ${kind} source in mode ${mode}`, { skip }, () => {
    it("gives away nothing that may not be shared, and no sensitive value in words", async () => {
      const folder = await mkdtemp(join(tmpdir(), "qianzhi-canary-"));
      try {
        await using legacy = await open(folder);
        await using sandbox = await startSandbox({ port: 0 });
        await using proxy = await recordingProxy(sandbox.url);
        await legacy.exec(table);
        await legacy.exec(rows);
        const key = await writeSite(folder, {
          url: proxy.url,
          mode,
          source: legacy.source,
          sandbox,
        });
        const outputs = await useEverything(folder, legacy, sandbox);
        const stored = await filesBelow(join(folder, "data"));
        assert.ok(
          proxy.seen.some((bytes) => bytes.includes("canary-sent-name")),
          "the search finds",
        );
        assert.ok(
          outputs.every((bytes) => bytes.includes("persons")),
          "the commands have said something",
        );
        const records = sandbox.platform.resourceDigest("person");
        assert.equal(records.count, 2);
        for (const secret of [...forbidden, ...keyLines(key)]) {
          absent(secret, proxy.seen, "sent");
          absent(secret, outputs, "printed or logged");
          absent(secret, stored, "kept");
        }
        for (const value of refused) {
          absent(value, proxy.seen, "sent");
          absent(value, stored, "kept");
        }
        for (const value of [...sensitive, ...refused]) absent(value, outputs, "printed or logged");
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });

function absent(secret: string, places: readonly Buffer[], where: string): void {
  const found = places.find((bytes) => bytes.includes(secret));
  const at = found?.indexOf(secret) ?? 0;
  const around = found?.subarray(Math.max(0, at - 200), at + 100).toString();
  assert.equal(found, undefined, `${secret} was ${where}: ${around}`);
}

/** Lines of a PEM that say something. */
const keyLines = (pem: string): readonly string[] =>
  pem.split("\n").filter((line) => line.length > 20 && !line.startsWith("-"));

interface SiteParts {
  readonly url: string;
  readonly mode: "cursor" | "diff";
  readonly source: object;
  readonly sandbox: Sandbox;
}

async function writeSite(
  folder: string,
  { url, mode, source, sandbox }: SiteParts,
): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  await mkdir(join(folder, "resources"));
  await writeFile(join(folder, "key.pem"), pem, { mode: 0o600 });
  await writeFile(join(folder, "resources/person.yaml"), JSON.stringify(descriptor));
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  sandbox.platform.sites.registerKey({ site: "canary", keyId: "main", publicKey: raw });
  sandbox.platform.catalog.publish(JSON.stringify(descriptor));
  sandbox.platform.sites.grant("canary", "person");
  const site = {
    site: "canary",
    data: "./data",
    platform: { url, key: { file: "./key.pem" }, keyId: "main" },
    resources: ["./resources/*.yaml"],
    sources: { legacy: source },
    dictionaries: { sex: { entries: { 1: "1", 2: "2" } } },
    page: { listen: "127.0.0.1:0" },
    pipelines: {
      persons: {
        resource: "person",
        source: "legacy",
        table: "ry",
        mode,
        key: ["hm"],
        where: "mj = 0",
        every: "1s",
        map: {
          number: "hm",
          name: "xm",
          born: { column: "csrq", date: "yyyy-MM-dd" },
          sex: { column: "xb", dictionary: "sex" },
        },
        ...(mode === "cursor" ? { cursor: "gxsj" } : {}),
      },
    },
  };
  await writeFile(join(folder, "qianzhi.yaml"), JSON.stringify(site));
  return pem;
}

/** Every command, in both languages and forms, on a good day and on bad ones; what they printed and logged. */
async function useEverything(
  folder: string,
  legacy: Legacy,
  sandbox: Sandbox,
): Promise<readonly Buffer[]> {
  const commands = commandLine(folder);
  const use = (words: readonly string[], password = "canary-password"): Promise<void> =>
    commands.run([...words, "--verbose", "--log-file", join(folder, "agent.log")], {
      PASSWORD: password,
    });
  await use(["check", "--lang", "zh"]);
  await use(["preview", "persons", "--lang", "zh"]);
  await use(["run", "--once", "--json"]);
  await use(["quarantine", "list", "--lang", "zh"]);
  await use(["quarantine", "list", "--history", "--lang", "zh"]);
  await use(["quarantine", "show", "1", "--json"]);
  await use(["quarantine", "export", "masked.ndjson"]);
  await use(["quarantine", "export", "masked.ndjson"]);
  await use(["quarantine", "retry", "persons"]);
  await use(["compare", "--json"]);
  await legacy.exec(
    "UPDATE ry SET csrq = '2002-02-03', gxsj = '2020-01-05 00:00:00' WHERE hm = 'canary-sent-key-2'",
  );
  sandbox.platform.behaviour.set({ refuseEvery: 1, temporary: true });
  await use(["run", "--once"]);
  await use(["status", "--lang", "zh"]);
  sandbox.platform.behaviour.set({});
  await legacy.exec(
    "UPDATE ry SET gxsj = '2020-01-06 00:00:00' WHERE hm = 'canary-hidden-last-key'",
  );
  await use(["resync", "persons"]);
  await use(["run", "--once", "--json"]);
  await use(["run", "--once"], "canary-wrong-password");
  await use(["check", "--json"], "canary-wrong-password");
  await legacy.exec("ALTER TABLE ry RENAME TO ry_old");
  await use(["run", "--once", "--lang", "zh"]);
  await use(["status"]);
  await commands[Symbol.asyncDispose]();
  const pages = await pagesOfAgent(folder);
  const files = ["agent.log", "masked.ndjson"].map((name) => readFile(join(folder, name)));
  const printed = Buffer.concat(commands.printed);
  assert.ok(printed.includes("QZ_TABLE_NOT_FOUND"), "what was printed is searched");
  return [printed, ...pages, ...(await Promise.all(files))];
}

/** Everything that a running agent shows on its page, and to who measures it. */
async function pagesOfAgent(folder: string): Promise<readonly Buffer[]> {
  const agent = spawn(process.execPath, [join(root, "agent/bin/qianzhi.js"), "run"], {
    cwd: folder,
    env: { LANG: "C", PASSWORD: "canary-password" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(agent, "close");
  try {
    let said = "";
    let url: string | undefined;
    for await (const chunk of agent.stdout) {
      said += String(chunk);
      url = /The page is at (\S+)/.exec(said)?.[1];
      if (url !== undefined) break;
    }
    const shown = ["/?lang=zh", "/?lang=en", "/metrics"].map(async (path) => {
      const answer = await fetch(new URL(path, url));
      assert.equal(answer.status, 200, path);
      return Buffer.from(await answer.text());
    });
    return await Promise.all(shown);
  } finally {
    agent.kill("SIGTERM");
    await ended;
  }
}

async function filesBelow(folder: string): Promise<readonly Buffer[]> {
  const names = (await readdir(folder)).filter((name) => name !== "reserve");
  return Promise.all(names.map((name) => readFile(join(folder, name))));
}

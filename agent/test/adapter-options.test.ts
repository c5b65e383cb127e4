import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { describe, test } from "node:test";
import { findAdapter } from "../src/adapters/find-adapter.ts";
import { load, problemsOf, site } from "./site-fixture.ts";

/** Of each adapter that is shipped: options that must do, and options that must not, with where and what is said of them. */
interface Options {
  readonly good: readonly object[];
  readonly bad: readonly (readonly [options: object, path: string, says: RegExp])[];
}

const server = { host: "db", user: "reader", password: { env: "HR_PASSWORD" } };

const adapters: Readonly<Record<string, Options>> = {
  sqlite: {
    good: [{ path: "legacy.db" }],
    bad: [
      [{}, "", /path is missing/],
      [{ path: "" }, ".path", /must not be empty/],
    ],
  },
  mysql: {
    good: [
      { ...server, database: "hr" },
      { ...server, database: "hr", tls: { verify: "ca" } },
    ],
    bad: [
      [{ ...server, database: "hr", tls: "yes" }, ".tls", /true or false or a group of properties/],
      [{ ...server, database: "hr", tls: { verify: "no" } }, ".tls.verify", /full, ca, none/],
      [{ host: "db", database: "hr" }, "", /user is missing/],
    ],
  },
  postgres: {
    good: [
      { ...server, database: "hr" },
      { ...server, database: "hr", tls: false },
    ],
    bad: [
      [{ ...server, database: "hr", port: 70_000 }, ".port", /at most 65535/],
      [
        { ...server, database: "hr", statementTimeoutMs: "5s" },
        ".statementTimeoutMs",
        /whole number/,
      ],
    ],
  },
  mssql: {
    good: [
      { ...server, database: "hr", instance: "SQLEXPRESS", domain: "HR" },
      { ...server, database: "hr", tls: { minVersion: "TLSv1" }, tdsVersion: "7_1" },
    ],
    bad: [
      [{ ...server, database: "hr", tdsversion: "7_1" }, ".tdsversion", /did you mean tdsVersion/],
      [{ ...server, database: "hr", tls: { minVersion: "SSLv3" } }, ".tls.minVersion", /TLSv1/],
    ],
  },
  oracle: {
    good: [
      { ...server, service: "hr" },
      { ...server, port: 1522, sid: "ORCL" },
      { user: "reader", connectString: "HRPROD", configDir: "tns" },
      { ...server, product: "dm", schema: "HR" },
    ],
    bad: [
      [server, "", /one of service, sid and connectString/],
      [{ ...server, service: "hr", sid: "ORCL" }, "", /one of service, sid and connectString/],
      [{ ...server, connectString: "HRPROD" }, "", /the last without host and port/],
      [{ ...server, service: "hr)(X=" }, ".service", /must match/],
      [{ ...server, product: "dm", service: "hr" }, "", /with product: dm there is no service/],
      [{ ...server, service: "hr", product: "dameng" }, ".product", /oracle, dm/],
    ],
  },
  process: {
    good: [{ command: "java", args: ["-jar", "reader.jar"], cwd: ".", options: { table: "T" } }],
    bad: [
      [{ command: "java", args: "-jar" }, ".args", /a list/],
      [{ args: [] }, "", /command is missing/],
    ],
  },
};

const shipped = (kind: string) =>
  findAdapter(fileURLToPath(new URL(`../../../adapters/${kind}`, import.meta.url)), {
    from: "/",
    cache: "/nowhere",
  });

const siteWith = (options: object) =>
  site.replace(/options: \{.*/, `options: ${JSON.stringify(options)}`);

for (const [kind, { good, bad }] of Object.entries(adapters))
  describe(`the options of ${kind}, as a site has them`, () => {
    for (const options of good)
      test(`${JSON.stringify(options)} will do`, async () => {
        await load({ site: siteWith(options), adapter: await shipped(kind) });
      });

    for (const [options, path, says] of bad)
      test(`${JSON.stringify(options)} will not, and is told where and why`, async () => {
        const problems = await problemsOf({
          site: siteWith(options),
          adapter: await shipped(kind),
        });
        assert.deepEqual(
          problems.map((problem) => problem.path),
          [`sources.household.options${path}`],
        );
        const [{ message, zh }] = problems as [(typeof problems)[number]];
        assert.match(message, says);
        assert.match(zh, /[一-龥]/);
      });
  });

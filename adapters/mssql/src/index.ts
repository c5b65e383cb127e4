import type { AdapterHost } from "@qianzhi/sdk";
import {
  defineSqlAdapter,
  openConnection,
  sourceWords,
  type SqlConnection,
  type SqlSession,
  type SourceWords,
} from "@qianzhi/sql";
import { readActivity } from "./activity.ts";
import { readChanges } from "./changes.ts";
import { connectTo, type Link } from "./connect.ts";
import { contained } from "./contained.ts";
import { describe, discover } from "./describe.ts";
import { planCost } from "./cost.ts";
import { mssqlDialect } from "./dialect.ts";
import { mssqlFault } from "./errors.ts";
import { defaults, optionsSchema, type MssqlOptions } from "./options.ts";
import { versionHorizon } from "./version-horizon.ts";
import { prepareSession, probeServer, readClock, type ServerFacts } from "./probe.ts";

/** Reads SQL Server 2005 to 2022 over one session. */
export const mssql = defineSqlAdapter<MssqlOptions>({
  kind: "mssql",
  optionsSchema,
  secretOptions: ["password"],
  connect,
});

export default mssql;
export type { MssqlOptions, TlsOptions } from "./options.ts";

async function connect(options: MssqlOptions, host: AdapterHost): Promise<SqlConnection> {
  const address = addressOf(options);
  const user = options.domain === undefined ? options.user : `${options.domain}\\${options.user}`;
  const words = sourceWords(host, address, { ...options, user });
  return openConnection<Link>({
    words,
    connect: () => connectTo(options, host.signal),
    async prepare(link) {
      const facts = await prepareSession(link, options.lockTimeoutMs ?? defaults.lockTimeoutMs);
      return session(link, facts, words, options);
    },
    drop: (link) => link.cut(),
    fault: (error, context) => mssqlFault(error, words, context),
  });
}

function addressOf({ host = defaults.host, port, instance }: MssqlOptions): string {
  return instance === undefined || port !== undefined
    ? `${host}:${port ?? defaults.port}`
    : `${host}\\${instance}`;
}

/** What was written into the configuration for old servers, and is not as safe as what is not written. */
function settingsThatExpose({ tls = true }: MssqlOptions): readonly string[] {
  if (typeof tls === "boolean") return tls ? [] : ["tls: false"];
  const { verify = "full", minVersion = "TLSv1.2" } = tls;
  return [
    ...(verify === "none" ? ["tls.verify: none"] : []),
    ...(minVersion === "TLSv1.2" ? [] : [`tls.minVersion: ${minVersion}`]),
  ];
}

function session(
  link: Link,
  facts: ServerFacts,
  words: SourceWords,
  options: MssqlOptions,
): SqlSession {
  const exposedBy = settingsThatExpose(options);
  const { exactHorizon: trusted = false } = options;
  const dialect = mssqlDialect(facts);
  const now = () => readClock(link, facts);
  return {
    offset: facts.offset,
    dialect,
    contained,
    query: async (statement) => (await link.run(statement)).rows,
    pages: (statement, pageRows) => link.pages(statement, pageRows),
    now,
    activity: () => readActivity(link, facts, { user: words.user, trusted }),
    ownHorizon: (relation, column) => versionHorizon(link, facts, relation, column),
    changes: (request) => readChanges(link, dialect, words, request),
    cost: (statement) => planCost(link, statement),
    probe: async () => ({ ...(await probeServer(link, facts)), exposedBy }),
    discover: () => discover(link),
    describe: (relation) => describe(link, relation, facts.major),
    async cancel() {
      link.stop();
    },
    async close() {
      link.cut();
    },
  };
}

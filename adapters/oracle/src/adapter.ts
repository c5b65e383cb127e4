import type { Adapter, AdapterHost } from "@qianzhi/sdk";
import {
  defineSqlAdapter,
  openConnection,
  sourceWords,
  type SqlConnection,
  type SqlSession,
} from "@qianzhi/sql";
import { clock, readActivity, type Listing } from "./activity.ts";
import { oracleCatalog } from "./catalog.ts";
import { connectTo, type Driver, type Link } from "./connect.ts";
import { describe, discover } from "./describe.ts";
import { oracleDialect } from "./dialect.ts";
import { connectToDm } from "./dm.ts";
import { loadDmdb, type DmDriver } from "./dm-link.ts";
import { oracleFault } from "./errors.ts";
import { addressOf, optionsSchema, type OracleOptions } from "./options.ts";
import { probeServer } from "./probe.ts";
import { prepareSession, type ServerFacts } from "./session.ts";

/** The adapter over the driver of either product, which is loaded when a source is opened. */
export const oracleOver = (
  load: () => Promise<Driver>,
  loadDm: () => Promise<DmDriver> = loadDmdb,
): Adapter<OracleOptions> =>
  defineSqlAdapter<OracleOptions>({
    kind: "oracle",
    optionsSchema,
    secretOptions: ["password", "walletPassword"],
    connect: (options, host) =>
      options.product === "dm" ? connectToDm(loadDm, options, host) : connect(load, options, host),
  });

async function connect(
  load: () => Promise<Driver>,
  options: OracleOptions,
  host: AdapterHost,
): Promise<SqlConnection> {
  const address = addressOf(options);
  const database = options.service ?? options.sid ?? address;
  const words = sourceWords(host, address, { ...options, database });
  const { exactHorizon: trusted = false } = options;
  return openConnection<Link>({
    words,
    connect: async () => connectTo(await load(), options, host.signal),
    async prepare(link) {
      const facts = await prepareSession(link, options, host.offset);
      return session(link, facts, { offset: host.offset, trusted });
    },
    drop: (link) => link.close().catch(() => {}),
    fault: (error, context) => oracleFault(error, words, context),
  });
}

function session(link: Link, facts: ServerFacts, listing: Listing): SqlSession {
  const { offset } = listing;
  const catalog = oracleCatalog(facts);
  const now = async () => String((await link.ask(clock(offset)))[0]?.[0]);
  return {
    dialect: oracleDialect(offset),
    query: async (statement) => (await link.run(statement)).rows,
    pages: (statement, pageRows) => link.pages(statement, pageRows),
    now,
    activity: () => readActivity(link, facts, listing),
    probe: () => probeServer(link, facts),
    discover: () => discover(link, catalog),
    describe: (relation) => describe(link, relation, catalog),
    cancel: () => link.stop().catch(() => {}),
    close: () => link.close().catch(() => {}),
  };
}

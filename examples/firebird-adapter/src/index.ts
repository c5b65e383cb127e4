import type { AdapterHost } from "@qianzhi/sdk";
import {
  connectionOptions,
  defineSqlAdapter,
  LOCAL,
  openConnection,
  serverOptions,
  sourceWords,
} from "@qianzhi/sql";
import type { Activity, ServerOptions, SqlSession } from "@qianzhi/sql";
import { connectTo, type Link } from "./connect.ts";
import { describe, discover } from "./describe.ts";
import { firebird } from "./dialect.ts";
import { firebirdFault } from "./errors.ts";

/** `database` is a path at the server, or its alias. */
export interface FirebirdOptions extends ServerOptions {
  readonly role?: string;
}

const PORT = 3050;
const { word } = connectionOptions;

/** Reads Firebird 3.0. */
export default defineSqlAdapter<FirebirdOptions>({
  kind: "firebird",
  optionsSchema: serverOptions(PORT, {
    role: { ...word, description: "RDB$ADMIN is shown the transactions of others." },
  }),
  secretOptions: ["password"],
  async connect(options, host) {
    const { host: server = LOCAL, port = PORT } = options;
    const words = sourceWords(host, `${server}:${port}`, options);
    return openConnection<Link>({
      words,
      connect: () => connectTo(options, host.signal),
      prepare: (link) => session(link, options.user, host),
      drop: (link) => link.close(),
      fault: (error, context) => firebirdFault(error, words, context),
    });
  },
});

const CLOCK = "SELECT CAST(CURRENT_TIMESTAMP AS VARCHAR(24)) FROM RDB$DATABASE";
const SERVER = `SELECT RDB$GET_CONTEXT('SYSTEM', 'ENGINE_VERSION'), TRIM(d.RDB$CHARACTER_SET_NAME),
    m.MON$DATABASE_NAME || ' ' || CAST(m.MON$CREATION_DATE AS VARCHAR(24))
  FROM RDB$DATABASE d CROSS JOIN MON$DATABASE m`;
/** Whether this account is shown the transactions of others, and each of them that may write. */
const TRANSACTIONS = `SELECT CURRENT_USER IN ('SYSDBA', TRIM(d.MON$OWNER)) OR CURRENT_ROLE = 'RDB$ADMIN',
    t.MON$ATTACHMENT_ID, t.MON$TRANSACTION_ID, CAST(t.MON$TIMESTAMP AS VARCHAR(24)),
    TRIM(a.MON$USER) || COALESCE('@' || a.MON$REMOTE_ADDRESS, '')
  FROM MON$DATABASE d LEFT JOIN MON$TRANSACTIONS t
    ON t.MON$READ_ONLY = 0 AND t.MON$ATTACHMENT_ID <> CURRENT_CONNECTION
  LEFT JOIN MON$ATTACHMENTS a ON a.MON$ATTACHMENT_ID = t.MON$ATTACHMENT_ID`;

async function session(link: Link, user: string, { clock }: AdapterHost): Promise<SqlSession> {
  const { run, ...running } = link;
  const now = async () => String((await run(CLOCK)).rows[0]?.[0]);
  const offset = offsetOf(await now(), clock.now());
  return {
    ...running,
    dialect: firebird,
    query: async ({ sql, params }) => (await run(sql, ...params)).rows,
    offset,
    now,
    activity: async () => activityOf(await now(), (await run(TRANSACTIONS)).rows, user),
    async probe() {
      const [[version, charset, identity] = []] = (await run(SERVER)).rows as string[][];
      const told = { version: version!, charset: charset!, identity: identity! };
      return { product: "Firebird", ...told, readOnly: true };
    },
    discover: () => discover(link),
    describe: (relation) => describe(link, relation),
  };
}

/** The server shows the time of its machine and not in which zone that is: it is told by how far it is from UTC. */
function offsetOf(clock: string, nowMs: number): string {
  const quarters = Math.round((Date.parse(`${clock.replace(" ", "T")}Z`) - nowMs) / 900_000);
  const at = new Date(Math.abs(quarters) * 900_000).toISOString();
  return `${quarters < 0 ? "-" : "+"}${at.slice(11, 16)}`;
}

/** When a transaction began tells nothing: one that is committed and retained keeps the time, and gets another number. */
function activityOf(clock: string, rows: readonly unknown[][], user: string): Activity {
  const open = rows.filter(([, session]) => session !== null);
  const holders = open.map((row) => {
    const [, session = "", transaction = "", began = "", who] = row.map(String);
    return { session, transaction, began, words: `attachment ${session} ${who}` };
  });
  if (rows[0]?.[0] === true) return { clock, holders };
  return { clock, holders, doubt: { because: "privilege", grant: `GRANT RDB$ADMIN TO ${user}` } };
}

import { setTimeout as delay } from "node:timers/promises";
import { createConnection, type Connection, type RowDataPacket } from "mysql2/promise";
import { createPlatform } from "@qianzhi/sandbox";
import { dice, type Dice } from "../simulation/seeded-random.ts";
import { numbers } from "../world/numbers.ts";
import { realWorld } from "../world/real-world.ts";
import { database, readerGrants, type FaultSite } from "./fault-site.ts";

/** What the legacy application's two tables feed. */
export const resources = [
  numbers("stock", "307050001/000021"),
  numbers("note", "307050001/000022"),
];

const map = { id: "id", value: "value" };

/** `stock` is compared whole, so that its deletions show; `note` is followed by its change column and only grows. */
export const pipelines = {
  stock: {
    resource: "stock",
    table: "stock",
    mode: "diff",
    key: ["id"],
    every: "1s",
    jitter: "0s",
    pageRows: 200,
    maxDeletes: { percent: 100, rows: 1_000_000 },
    map,
  },
  note: {
    resource: "note",
    table: "note",
    mode: "cursor",
    cursor: "at",
    key: ["id"],
    every: "1s",
    jitter: "0s",
    pageRows: 200,
    map,
  },
};

/** The legacy application: it writes into both tables until it is stopped, whatever becomes of its database. */
export interface LegacyWriters {
  readonly transactions: number;
  stop(): Promise<void>;
}

/** Ids of `stock`. */
const IDS = 2_000;

export async function createTables(site: FaultSite): Promise<void> {
  await using connection = await connectTo(site);
  await connection.query(
    `CREATE DATABASE ${database}; USE ${database}; ${readerGrants};
     CREATE TABLE stock (id INT PRIMARY KEY, value INT NOT NULL) ENGINE=InnoDB;
     CREATE TABLE note (id INT PRIMARY KEY AUTO_INCREMENT, value INT NOT NULL,
       at DATETIME(6) NOT NULL DEFAULT NOW(6) ON UPDATE NOW(6), KEY (at, id)) ENGINE=InnoDB;
     INSERT INTO stock SELECT seq, seq * 7 FROM seq_1_to_${IDS / 2};
     INSERT INTO note (value) SELECT seq FROM seq_1_to_1000`,
  );
}

/** @param pauseMs Between two transactions of one writer. */
export function startWriters(site: FaultSite, seed: string, pauseMs: number): LegacyWriters {
  const stop = new AbortController();
  const counts = { transactions: 0 };
  const write = async (name: string): Promise<void> => {
    const random = dice(`${seed}/${name}`);
    let connection: Connection | undefined;
    while (!stop.signal.aborted)
      try {
        connection ??= await connectTo(site);
        await transaction(connection, random, stop.signal);
        counts.transactions += 1;
        await pause(pauseMs, stop.signal);
      } catch {
        // The database is down, or two writers stood in each other's way: what was not committed is not in the table.
        connection?.destroy();
        connection = undefined;
        await pause(100, stop.signal);
      }
    connection?.destroy();
  };
  const writers = [write("one"), write("two")];
  return {
    get transactions() {
      return counts.transactions;
    },
    async stop() {
      stop.abort();
      await Promise.all(writers);
    },
  };
}

/** Some statements on both tables, committed late now and then, or rolled back. */
async function transaction(
  connection: Connection,
  random: Dice,
  signal: AbortSignal,
): Promise<void> {
  const id = (): number => random.between(1, IDS);
  const value = (): number => random.between(1, 1_000_000);
  const within = (): string => {
    const from = id();
    return `id BETWEEN ${from} AND ${from + random.between(0, 8)}`;
  };
  const statements = [
    () =>
      `INSERT IGNORE INTO stock SELECT seq, ${value()} FROM seq_1_to_${IDS} WHERE ${within().replace("id", "seq")}`,
    () => `UPDATE stock SET value = ${value()} WHERE ${within()}`,
    () => `DELETE FROM stock WHERE ${within()}`,
    () => `INSERT INTO note (value) VALUES (${value()}), (${value()})`,
    () => `UPDATE note SET value = ${value()} WHERE id = ${id()}`,
  ];
  await connection.query("START TRANSACTION");
  for (let left = random.between(1, 4); left > 0; left -= 1)
    await connection.query(random.pick(statements)());
  if (random.chance(0.1)) await pause(random.between(100, 3_000), signal);
  await connection.query(random.chance(0.1) ? "ROLLBACK" : "COMMIT");
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => undefined);

async function connectTo({ mariadb }: FaultSite): Promise<Connection & AsyncDisposable> {
  const connection = await createConnection({ uri: mariadb.url, multipleStatements: true });
  connection.on("error", () => undefined);
  await connection.query("SET SESSION innodb_lock_wait_timeout = 2").catch(() => undefined);
  await connection.query(`USE ${database}`).catch(() => undefined);
  return Object.assign(connection, {
    [Symbol.asyncDispose]: async () => connection.destroy(),
  });
}

/** What the source has and the platform has not, and the other way round, as records; read from both databases themselves. */
export async function differences(site: FaultSite): Promise<readonly string[]> {
  await using connection = await connectTo(site);
  const platform = createPlatform({ database: site.platformFile, world: realWorld() });
  try {
    const found: string[] = [];
    for (const { identifier } of resources) {
      const [rows] = await connection.query<RowDataPacket[]>(`SELECT id, value FROM ${identifier}`);
      const source = new Set(rows.map(({ id, value }) => JSON.stringify({ id, value })));
      const copy = new Set<string>();
      for (let after: string | null = null; ;) {
        const page = platform.records(identifier, {
          limit: 1_000,
          ...(after === null ? {} : { after }),
        });
        for (const record of page.records) copy.add(record);
        after = page.next ?? null;
        if (after === null) break;
      }
      found.push(
        ...[...source]
          .filter((each) => !copy.has(each))
          .map((each) => `${identifier}: ${each} is missing`),
        ...[...copy]
          .filter((each) => !source.has(each))
          .map((each) => `${identifier}: ${each} is too much`),
      );
    }
    return found;
  } finally {
    platform.close();
  }
}

/** The digests of the platform's copy, short. */
export function digests({ platformFile }: FaultSite): string {
  const platform = createPlatform({ database: platformFile, world: realWorld() });
  try {
    return resources
      .map(({ identifier }) => {
        const { count, sum } = platform.resourceDigest(identifier);
        return `${identifier} ${count} ${sum.slice(0, 8)}`;
      })
      .join(", ");
  } finally {
    platform.close();
  }
}

import { Readable } from "node:stream";
import mysql from "mysql2/promise";
import { rowLines } from "./generate-rows.ts";
import { createTable, database } from "./table.ts";

/** Raised when the generated rows change, so that a kept table is filled anew. */
const generation = 3;

/** Makes sure that the table holds exactly the wanted number of generated rows. Resolves with whether it was filled. */
export async function fillTable(url: string, rows: number): Promise<boolean> {
  const connection = await mysql.createConnection({
    uri: url,
    infileStreamFactory: () => Readable.from(rowLines(rows)),
    charset: "utf8mb4",
  });
  try {
    await connection.query(`CREATE DATABASE IF NOT EXISTS ${database}`);
    await connection.query(`USE ${database}`);
    const wanted = `${generation}:${rows}`;
    await connection.query("CREATE TABLE IF NOT EXISTS filled (what varchar(50) NOT NULL)");
    const [found] = await connection.query<mysql.RowDataPacket[]>("SELECT what FROM filled");
    if (found[0]?.["what"] === wanted) return false;
    await connection.query("DELETE FROM filled");
    await connection.query("DROP TABLE IF EXISTS person");
    await connection.query(createTable);
    // What is filled can be filled again: durability would only cost time here.
    await connection.query("SET GLOBAL innodb_flush_log_at_trx_commit = 0");
    await connection.query("LOAD DATA LOCAL INFILE 'rows' INTO TABLE person CHARACTER SET utf8mb4");
    await connection.query("SET GLOBAL innodb_flush_log_at_trx_commit = 1");
    await connection.query("ANALYZE TABLE person");
    await connection.query("INSERT INTO filled VALUES (?)", [wanted]);
    return true;
  } finally {
    await connection.end();
  }
}

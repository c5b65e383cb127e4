import mysql from "mysql2/promise";
import { rowLines } from "./generate-rows.ts";
import { createTable } from "./table.ts";

const database = "qianzhi_small";
const rowsPerTable = 200;

/** Makes that many small tables anew, `database.table` each. Rows a table: {@link rowsPerTable}. */
export async function createSmallTables(
  url: string,
  count: number,
): Promise<{ tables: readonly string[]; rows: number }> {
  const connection = await mysql.createConnection({ uri: url, charset: "utf8mb4" });
  const values = Buffer.concat([...rowLines(rowsPerTable)])
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t").map((value) => (value === "\\N" ? null : value)));
  try {
    await connection.query(`DROP DATABASE IF EXISTS ${database}`);
    await connection.query(`CREATE DATABASE ${database}`);
    await connection.query(`USE ${database}`);
    for (let index = 0; index < count; index += 1) {
      const table = `person_${index}`;
      await connection.query(createTable.replace("TABLE person", `TABLE ${table}`));
      await connection.query(`INSERT INTO ${table} VALUES ?`, [values]);
    }
  } finally {
    await connection.end();
  }
  const tables = Array.from({ length: count }, (_, index) => `${database}.person_${index}`);
  return { tables, rows: rowsPerTable };
}

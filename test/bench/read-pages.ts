import mysql from "mysql2/promise";
import { database, pageQuery, pageRows } from "./table.ts";

export type Row = readonly (string | number | null)[];

const idColumn = 0;
const stampColumn = 6;

/** Reads the whole table in keyset pages by the bare driver, each page asked for while the previous one is used. */
export async function* readPages(url: string): AsyncGenerator<readonly Row[]> {
  const connection = await mysql.createConnection({
    uri: url + database,
    rowsAsArray: true,
    dateStrings: true,
    supportBigNumbers: true,
    charset: "utf8mb4",
  });
  const read = async (after: readonly [string, number] | undefined): Promise<Row[]> => {
    const [sql, values] = pageQuery(after);
    const [rows] = await connection.query(sql, [...values]);
    return rows as unknown as Row[];
  };
  try {
    let next = read(undefined);
    for (;;) {
      const rows = await next;
      const last = rows.at(-1);
      if (last === undefined) return;
      const end = rows.length < pageRows;
      if (!end) next = read([String(last[stampColumn]), Number(last[idColumn])]);
      yield rows;
      if (end) return;
    }
  } finally {
    await connection.end();
  }
}

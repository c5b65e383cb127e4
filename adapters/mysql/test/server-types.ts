import type { TestType } from "@qianzhi/adapter-testkit";
import type { Connection, RowDataPacket } from "mysql2/promise";
import { half, types, untouched } from "./test-types.ts";

/** The types that a server has, without the values of which it makes others when they are written. */
export async function typesOf(admin: Connection): Promise<TestType[]> {
  const first = async (sql: string) => {
    const [rows] = await admin.query<RowDataPacket[]>({ sql, rowsAsArray: true });
    return (rows as unknown as unknown[][])[0] ?? [];
  };
  const known: TestType[] = [];
  const otherwise: string[] = [];
  for (const type of types) {
    try {
      await admin.query(`CREATE TEMPORARY TABLE qz_known (v ${type.native})`);
    } catch {
      continue;
    }
    const [, native] = await first("SHOW COLUMNS FROM qz_known");
    await admin.query("DROP TEMPORARY TABLE qz_known");
    if (type.native === "JSON" && native === "json") otherwise.push(untouched[0]);
    // A server without the one makes the other of it.
    if (type.native !== "YEAR(2)" || native === "year(2)") known.push(type);
  }
  const [stored] = await first(`SELECT HEX(${half[0]})`);
  if (stored !== "EDA0BD") otherwise.push(half[0]);
  return known.map((type) => ({
    ...type,
    values: type.values.filter(({ write }) => !otherwise.includes(write)),
  }));
}

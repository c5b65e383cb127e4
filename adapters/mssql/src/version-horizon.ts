import type { Column, Horizon, Relation } from "@qianzhi/sdk";
import type { Link } from "./connect.ts";
import { quote } from "./dialect.ts";
import type { ServerFacts } from "./probe.ts";
import { baseOf } from "./types.ts";

/** The least number that a transaction still open may have given, and after it the next one to be given: since 2005 SP2. */
const oldest = "SELECT MIN_ACTIVE_ROWVERSION()";

/** The exact bound of a rowversion column, of the database that its table is in; undefined for any other column. */
export async function versionHorizon(
  link: Link,
  { readOnly }: ServerFacts,
  relation: Relation,
  { native }: Column,
): Promise<Horizon | undefined> {
  if (baseOf(native) !== "timestamp") return undefined;
  const [database] = "table" in relation && relation.table.length === 3 ? relation.table : [];
  const sql =
    database === undefined ? oldest : `EXEC ${quote(database)}.sys.sp_executesql N'${oldest}'`;
  const [[value] = []] = (await link.run({ sql, params: [] })).rows;
  const below = { base64: Buffer.from(value as Uint8Array).toString("base64") };
  return readOnly ? { below, exact: false, because: "replica" } : { below, exact: true };
}

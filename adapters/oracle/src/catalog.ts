import type { Column } from "@qianzhi/sdk";
import type { Field } from "./connect.ts";
import { codeIn } from "./errors.ts";
import type { ServerFacts } from "./session.ts";
import { columnOf } from "./types.ts";

/** What products that share a dictionary tell in it in their own ways. */
export interface Catalog {
  /** Where tables with one-part names are. */
  readonly schema: string;
  columnOf(field: Field): Column;
  /** There is no such table, view or synonym. */
  isAbsent(error: unknown): boolean;
  /** Of `c` in ALL_TAB_COMMENTS and `t` in ALL_TABLES: what is not the server's own. */
  readonly shown: string;
  /** Of `c` in ALL_CONSTRAINTS: a key that is true of every row. */
  readonly holds: string;
  /** Of `i` in ALL_INDEXES: an index that a statement may use. */
  readonly usable: string;
  /** Of `i` and its `c` in ALL_IND_COLUMNS: the column by which it orders, or NULL. */
  readonly indexed: string;
}

/** Schemas that come with the server; from 12.1 on it tells itself which. */
const ownSchemas =
  "ANONYMOUS APEX_PUBLIC_USER APPQOSSYS AUDSYS CTXSYS DBSFWUSER DBSNMP DIP DVF DVSYS EXFSYS FLOWS_FILES GSMADMIN_INTERNAL GSMCATUSER GSMUSER LBACSYS MDDATA MDSYS MGMT_VIEW OJVMSYS OLAPSYS ORACLE_OCM ORDDATA ORDPLUGINS ORDSYS OUTLN OWBSYS REMOTE_SCHEDULER_AGENT SI_INFORMTN_SCHEMA SYS SYSBACKUP SYSDG SYSKM SYSMAN SYSRAC SYSTEM WMSYS XDB XS$NULL";

export const quoted = (names: string): string =>
  names
    .split(" ")
    .map((name) => `'${name}'`)
    .join(", ");

export const oracleCatalog = (facts: ServerFacts): Catalog => ({
  schema: facts.schema,
  columnOf: (field) => columnOf(field, facts),
  // The second is a synonym of nothing.
  isAbsent: (error) => ["ORA-00942", "ORA-00980", "ORA-04043"].includes(codeIn(error)),
  shown: `c.OWNER NOT IN (${quoted(ownSchemas)}) AND c.TABLE_NAME NOT LIKE 'BIN$%'
 AND COALESCE(t.NESTED, 'NO') = 'NO' AND COALESCE(t.SECONDARY, 'N') = 'N' AND COALESCE(t.IOT_TYPE, 'IOT') = 'IOT'`,
  holds: "c.STATUS = 'ENABLED' AND c.VALIDATED = 'VALIDATED'",
  usable: "i.STATUS <> 'UNUSABLE' AND i.VISIBILITY = 'VISIBLE'",
  // Neither expressions nor descending columns, which are expressions too, give an order of whole columns.
  indexed:
    "CASE WHEN i.INDEX_TYPE IN ('NORMAL', 'IOT - TOP') AND c.DESCEND = 'ASC' THEN c.COLUMN_NAME END",
});

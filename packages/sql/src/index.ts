export { defineSqlAdapter } from "./define-sql-adapter.ts";
export type { FaultContext, Query, SqlAdapterParts, SqlConnection } from "./define-sql-adapter.ts";
export type { Dialect, Doubt, Fragment, Ordering, Reading } from "./dialect.ts";
export { selectPage } from "./select-page.ts";
export type { PageStatement } from "./select-page.ts";
export type { Activity, Holder } from "./horizon.ts";
export { fromClause, relationName } from "./relation.ts";
export { decodeExactly, undecoded, undecodedBytes } from "./undecoded.ts";

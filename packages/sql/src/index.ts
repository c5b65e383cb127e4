export { defineSqlAdapter } from "./define-sql-adapter.ts";
export type { SqlAdapterParts } from "./define-sql-adapter.ts";
export type {
  ChangesRequest,
  FaultContext,
  Query,
  SqlConnection,
  SqlSession,
} from "./sql-connection.ts";
export type { Dialect, Doubt, Fragment, Ordering, Reading } from "./dialect.ts";
export { selectPage } from "./select-page.ts";
export type { PageStatement } from "./select-page.ts";
export type { Activity, Holder } from "./horizon.ts";
export { findColumn, fromClause, notOrderable, relationName } from "./relation.ts";
export { decodeExactly, undecoded, undecodedBytes } from "./undecoded.ts";
export { beyond } from "./keyset.ts";
export { codesOf } from "./codes-of.ts";
export { columnFrom, indexesFrom, summaryOf, unlisted } from "./catalog.ts";
export { doubleQuoted } from "./double-quoted.ts";
export { connectionOptions, LOCAL, patience, serverOptions } from "./connection-options.ts";
export type { ServerOptions, TimeoutOptions } from "./connection-options.ts";
export { tlsContext, tlsOption } from "./tls-options.ts";
export type { TlsOptions } from "./tls-options.ts";
export { remembered } from "./remembered.ts";
export { loadDriver } from "./load-driver.ts";
export { connectByCallback } from "./connect-by-callback.ts";
export { openConnection } from "./open-connection.ts";
export { pushedPages } from "./pushed-pages.ts";
export { stopFromAnother } from "./stop-from-another.ts";
export { bySocket, isTlsCode, sourceFault, sourceWords } from "./source-fault.ts";
export type { FaultDetails, SourceWords } from "./source-fault.ts";
export { positionOf } from "./position.ts";

import { oracleOver } from "./adapter.ts";
import { loadOracledb } from "./connect.ts";

/** Reads Oracle Database 11.2 and later, and 达梦 (DM8), over one session. */
export const oracle = oracleOver(loadOracledb);

export default oracle;
export type { OracleOptions } from "./options.ts";

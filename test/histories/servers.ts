import type { HistoryServer } from "./history-tests.ts";
import { mysqlEngine } from "./mysql-engine.ts";
import { postgresEngine } from "./postgres-engine.ts";

export const mariadb: HistoryServer = {
  name: "MariaDB",
  variable: "QIANZHI_TEST_MYSQL_URL",
  atOnce: 1,
  open: mysqlEngine,
};

export const postgresql: HistoryServer = {
  name: "PostgreSQL",
  variable: "QIANZHI_TEST_POSTGRES_URL",
  atOnce: 4,
  open: postgresEngine,
};

export const servers = [mariadb, postgresql];

import { startMariadb } from "./mariadb.mjs";
import { startPostgresql } from "./postgresql.mjs";

const servers = [
  { name: "MariaDB", variable: "QIANZHI_TEST_MYSQL_URL", start: startMariadb },
  { name: "PostgreSQL", variable: "QIANZHI_TEST_POSTGRES_URL", start: startPostgresql },
];

/**
 * Provisions the real databases that the tests use: those named by the environment, else private ones. Resolves with
 * the environment variables to hand to the tests, a sentence for each server that there is none of, and `stop`.
 */
export async function provisionDatabases() {
  const started = await Promise.all(
    servers.map(async ({ name, variable, start }) => {
      const given = process.env[variable];
      return { name, variable, ...(given ? { url: given } : await start()) };
    }),
  );
  return {
    environment: Object.fromEntries(
      started.flatMap(({ variable, url }) => (url ? [[variable, url]] : [])),
    ),
    missing: started
      .filter(({ missing }) => missing)
      .map(
        ({ name, variable, missing }) =>
          `tests on a real ${name}, because ${missing} (${variable} can name one)`,
      ),
    async stop() {
      await Promise.all(started.map(({ stop }) => stop?.()));
    },
  };
}

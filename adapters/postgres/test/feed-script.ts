import { QianzhiError, type Relation } from "@qianzhi/sdk";
import { testHost } from "@qianzhi/adapter-testkit";
import { postgres } from "../src/index.ts";
import type { TestServer } from "./server.ts";

/** What the DBA is asked to run so that a table has a feed; undefined when nothing is missing. */
export async function feedScript(
  { options }: Pick<TestServer, "options">,
  relation: Relation,
): Promise<string | undefined> {
  const source = await postgres.open(options, testHost());
  try {
    await source.changes!(relation, [{ name: "id" }], undefined, new AbortController().signal);
    return undefined;
  } catch (error) {
    if (!QianzhiError.is(error) || error.code !== "QZ_SOURCE_DENIED") throw error;
    return String(error.details["grant"]);
  } finally {
    await source.close();
  }
}

/** Runs it as it is printed, statement by statement, as psql would. */
export async function runFeedScript(
  server: Pick<TestServer, "options" | "admin">,
  relation: Relation,
): Promise<void> {
  const script = (await feedScript(server, relation)) ?? "";
  for (const statement of script.split(";"))
    if (statement.trim() !== "") await server.admin(statement);
}

import type { TestType } from "@qianzhi/adapter-testkit";
import { collations, extensions, types } from "./test-types.ts";

/** The types that a server has, in a database that is made ready for them. */
export async function typesOf(admin: (sql: string) => Promise<unknown>): Promise<TestType[]> {
  const succeeds = async (sql: string) => {
    try {
      await admin(sql);
      return true;
    } catch {
      return false;
    }
  };
  await admin(extensions);
  for (const collation of collations) await succeeds(collation);
  const known: TestType[] = [];
  for (const type of types)
    if (await succeeds(`CREATE TEMP TABLE qz_known (v ${type.native}); DROP TABLE qz_known`))
      known.push(type);
  return known;
}

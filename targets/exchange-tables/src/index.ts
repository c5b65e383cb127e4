import { defineTarget } from "@qianzhi/sdk";
import { printDdl } from "./ddl.ts";
import { mysql } from "./engine/mysql.ts";
import { postgres } from "./engine/postgres.ts";
import { defaultPorts, optionsSchema, type TablesOptions } from "./options.ts";
import { readProfile } from "./read-profile.ts";
import { tablesTarget } from "./tables-target.ts";

/** Delivers batches into the tables of an exchange front-end database (前置库), on MySQL, MariaDB or PostgreSQL. */
export const exchangeTables = defineTarget<
  Omit<TablesOptions, "port"> & { readonly port?: number }
>({
  kind: "exchange-tables",
  optionsSchema,
  secretOptions: ["password"],
  async configure(given, files) {
    const options: TablesOptions = { ...given, port: given.port ?? defaultPorts[given.engine] };
    const read = await readProfile(options.profile, files, options.dataSource);
    const profile = { ...read, resources: { ...read.resources, ...options.resources } };
    const engine = { mysql, postgres }[options.engine];
    return {
      open: (host) => tablesTarget({ engine, options, profile, host }),
      ddl: (resources, dialect) => printDdl(profile, options, resources, dialect),
    };
  },
});

export default exchangeTables;
export type { TablesOptions, TlsOptions } from "./options.ts";

import { storedJson } from "@qianzhi/exchange";
import type { Store } from "@qianzhi/exchange";
import { QianzhiError } from "@qianzhi/sdk";
import type { SiteConfig } from "../config/site-config.ts";
import { keyedHash } from "../pipeline/row-hash.ts";
import type { StoredError } from "./pipeline-state.ts";

/** How long whoever refused our password is left alone, also by the next process: what the error's text promises. */
export const PASSWORD_REST_MS = 15 * 60_000;

/** Whether a source, or the target, is left alone because it refused our password. */
export interface PasswordRest {
  /** What it said, while it is left alone; undefined also when its connection was configured anew since. */
  standing(): QianzhiError | undefined;
  begin(error: QianzhiError): void;
  end(): void;
}

/** Under which the target's rest is kept: no source can be called so. */
const TARGET = "(target)";

export const openTargetRest = (store: Store, { target, platform }: SiteConfig): PasswordRest =>
  openPasswordRest(store, { name: TARGET, options: target?.options ?? { ...platform } });

export function openPasswordRest(
  store: Store,
  { name, options }: { readonly name: string; readonly options: object },
): PasswordRest {
  const { database, secret, world } = store;
  const connection = keyedHash(secret.derive("password-rest"))(JSON.stringify(options));
  const read = () =>
    database
      .prepare<{ connection: string; error: string }>(
        "SELECT connection, error FROM source_rest WHERE source = ?",
      )
      .get(name);
  return {
    standing() {
      const row = read();
      if (row === undefined || row.connection !== connection) return undefined;
      const { code, details, at } = storedJson(row.error) as StoredError;
      const restedMs = world.clock.now() - at;
      // A clock that was set back must not make the rest longer.
      const rests = restedMs >= 0 && restedMs < PASSWORD_REST_MS;
      return rests ? new QianzhiError(code, details) : undefined;
    },
    begin({ code, details }) {
      const error: StoredError = { code, details, at: Math.floor(world.clock.now()) };
      database
        .prepare("INSERT OR REPLACE INTO source_rest VALUES (?, ?, ?)")
        .run(name, connection, JSON.stringify(error));
    },
    end() {
      if (read() !== undefined)
        database.prepare("DELETE FROM source_rest WHERE source = ?").run(name);
    },
  };
}

import { timestamp, type Context } from "./context.ts";

/** A registered public key. */
export interface SiteKey {
  readonly site: string;
  readonly keyId: string;
  /** Raw 32-byte Ed25519 key. */
  readonly publicKey: Uint8Array;
}

export type Sites = ReturnType<typeof sitesOf>;

/** Which keys speak for a site, and what it may write. */
export function sitesOf({ database, clock }: Context) {
  const register = database.prepare(
    `INSERT INTO site_key (site, key_id, public_key, registered_at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET public_key = excluded.public_key, registered_at = excluded.registered_at, revoked_at = NULL`,
  );
  const revoke = database.prepare(
    "UPDATE site_key SET revoked_at = ? WHERE site = ? AND key_id = ? AND revoked_at IS NULL",
  );
  const find = database.prepare(
    "SELECT site, key_id AS keyId, public_key AS publicKey FROM site_key WHERE site = ? AND key_id = ? AND revoked_at IS NULL",
  );
  const grant = database.prepare(
    "INSERT INTO site_grant (site, resource) VALUES (?, ?) ON CONFLICT DO NOTHING",
  );
  const ungrant = database.prepare("DELETE FROM site_grant WHERE site = ? AND resource = ?");
  const granted = database.prepare(
    "SELECT 1 AS yes FROM site_grant WHERE site = ? AND resource = ?",
  );

  return {
    /** Registers a key, or puts another under the same name. */
    registerKey({ site, keyId, publicKey }: SiteKey): void {
      register.run(site, keyId, publicKey, timestamp(clock));
    },
    /** From now on requests signed with the key are refused. */
    revokeKey(site: string, keyId: string): void {
      revoke.run(timestamp(clock), site, keyId);
    },
    /** The key, unless it was never registered or is revoked. */
    key(site: string, keyId: string): SiteKey | undefined {
      return find.get(site, keyId) as SiteKey | undefined;
    },
    grant(site: string, resource: string): void {
      grant.run(site, resource);
    },
    ungrant(site: string, resource: string): void {
      ungrant.run(site, resource);
    },
    mayWrite(site: string, resource: string): boolean {
      return granted.get(site, resource) !== undefined;
    },
  };
}

import { BlockList, isIP } from "node:net";

/**
 * Whether a host is reached without the proxy. Entries: `*`, a host, `.suffix` or `*.suffix` (the suffix itself too), any of
 * them with `:port`, an address, or a range `10.0.0.0/8`.
 */
export function bypassesProxy(
  { hostname, port }: URL,
  entries: readonly string[],
  defaultPort: string,
): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  return entries.some((entry) =>
    matches(entry.trim().toLowerCase(), host, port === "" ? defaultPort : port),
  );
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const [range = "", prefix] = entry.split("/");
  if (prefix !== undefined) return isIP(range) !== 0 && inRange(range, Number(prefix), host);
  const withPort = /^(.+):(\d+)$/.exec(entry);
  const named = withPort !== null && isIP(entry) === 0 ? withPort : undefined;
  if (named !== undefined && named[2] !== port) return false;
  const name = (named?.[1] ?? entry).replace(/^\[|\]$/g, "");
  const suffix = name.replace(/^\*?\./, "");
  if (suffix === "") return false;
  return name === suffix ? host === name : host === suffix || host.endsWith(`.${suffix}`);
}

function inRange(range: string, prefix: number, host: string): boolean {
  const family = isIP(host);
  if (
    family === 0 ||
    family !== isIP(range) ||
    !(prefix >= 0 && prefix <= (family === 4 ? 32 : 128))
  )
    return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(range, prefix, type);
  return list.check(host, type);
}

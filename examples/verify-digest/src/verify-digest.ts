// Pages through a platform's copy of a resource, recomputes its digest from the bytes alone, and compares it with what
// the platform claims. Usage: node verify-digest.js URL RESOURCE [TOKEN]. Exit code 0: equal.
import { createHash } from "node:crypto";

const [platform = "http://127.0.0.1:8787", resource = "", token] = process.argv.slice(2);

async function get(url: URL, accept: string): Promise<Response> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(url, { headers: { accept, ...authorization } });
  if (!response.ok) throw new Error(`${url.href}: ${response.status} ${await response.text()}`);
  return response;
}

async function getJson<T>(path: string): Promise<T> {
  return (await (await get(new URL(path, platform), "application/json")).json()) as T;
}

const { key } = await getJson<{ key: string[] }>(`/v1/catalog/${resource}`);
const before = await getJson<{ count: number; sum: string }>(`/v1/exchange/${resource}/digest`);

let count = 0;
let sum = 0n;
let page: URL | undefined = new URL(`/v1/exchange/${resource}/records?limit=5000`, platform);
while (page !== undefined) {
  const response: Response = await get(page, "application/x-ndjson");
  for (const record of (await response.text()).split("\n").slice(0, -1)) {
    const values = JSON.parse(record) as Record<string, unknown>;
    const keyText = JSON.stringify(
      Object.fromEntries([...key].sort().map((item) => [item, values[item]])),
    );
    sum += BigInt(`0x${createHash("sha256").update(keyText).update(record).digest("hex")}`);
    count += 1;
  }
  const next: string | undefined = /<([^>]+)>; rel="next"/.exec(
    response.headers.get("link") ?? "",
  )?.[1];
  page = next === undefined ? undefined : new URL(next, page);
}

const after = await getJson<{ count: number; sum: string }>(`/v1/exchange/${resource}/digest`);
const found = { count, sum: BigInt.asUintN(256, sum).toString(16).padStart(64, "0") };
const moved = before.sum !== after.sum;
const equal = !moved && found.count === after.count && found.sum === after.sum;
console.log(`recomputed ${found.count} records, ${found.sum}`);
console.log(`platform   ${after.count} records, ${after.sum}`);
console.log(equal ? "equal" : moved ? "the copy changed meanwhile: run it again" : "NOT EQUAL");
process.exitCode = equal ? 0 : 1;

import { setTimeout as delay } from "node:timers/promises";

/** Asks again and again until it is so; false when it is not in time. */
export async function eventually(so: () => Promise<boolean>, seconds: number): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    if (await so().catch(() => false)) return true;
    if (performance.now() > end) return false;
    await delay(200);
  }
}

interface Page {
  readonly records: readonly Readonly<Record<string, unknown>>[];
  readonly next: string | null;
}

/** The platform's copy of a resource, by key item. */
export async function copyOf(
  url: string,
  resource: string,
  key: string,
): Promise<ReadonlyMap<unknown, Readonly<Record<string, unknown>>>> {
  const copy = new Map<unknown, Readonly<Record<string, unknown>>>();
  let after: string | null = "";
  while (after !== null) {
    const query: string = after === "" ? "" : `&after=${encodeURIComponent(after)}`;
    const page = await getJson<Page>(`${url}/v1/exchange/${resource}/records?limit=1000${query}`);
    for (const record of page.records) copy.set(record[key], record);
    after = page.next;
  }
  return copy;
}

/** How many records the platform holds of a resource. */
export const countOf = async (url: string, resource: string): Promise<number> =>
  (await getJson<{ readonly count: number }>(`${url}/v1/exchange/${resource}/digest`)).count;

async function getJson<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  return (await answer.json()) as T;
}

import { defineAdapter, QianzhiError, type RawValue, type Relation } from "@qianzhi/sdk";

type Field = { readonly name: string; readonly type: "integer" | "text" };
type Page = { readonly rows: readonly Record<string, string | null>[]; readonly more: boolean };

/** Reads a registry that hands out its tables over HTTP, a page at a time, in no order, every value as a text. */
export default defineAdapter<{ readonly url: string }>({
  kind: "registry",
  optionsSchema: {
    type: "object",
    additionalProperties: false,
    required: ["url"],
    properties: { url: { type: "string", description: "Address of the registry." } },
  },
  async open({ url }, host) {
    const source = host.source ?? url;
    let isClosed = false;
    async function get<T>(operation: string, name: string, signal: AbortSignal): Promise<T> {
      if (isClosed) throw new QianzhiError("QZ_SOURCE_LOST", { source });
      // A signal of the call's own: fetch leaves listeners on the one it is given.
      const own = new AbortController();
      const stop = () => own.abort();
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop);
      try {
        const answer = await fetch(new URL(`${operation}/${name}`, url), { signal: own.signal });
        if (answer.ok) return (await answer.json()) as T;
        if (answer.status === 404) throw new QianzhiError("QZ_TABLE_NOT_FOUND", { source, name });
        throw new QianzhiError("QZ_QUERY_FAILED", { source, operation });
      } catch (cause) {
        if (QianzhiError.is(cause)) throw cause;
        if (signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation });
        throw new QianzhiError("QZ_SOURCE_UNREACHABLE", { source, address: url }, { cause });
      } finally {
        signal.removeEventListener("abort", stop);
      }
    }
    await get("about", "", host.signal);
    return {
      async probe(signal) {
        const about = await get<{ version: string; clock: string }>("about", "", signal);
        return { product: "Registry", version: about.version, now: about.clock, offset: "+00:00" };
      },
      async describe(relation, signal) {
        const fields = await get<readonly Field[]>("fields", nameOf(relation), signal);
        const columns = fields.map((field) => ({ ...field, native: field.type, nullable: true }));
        return { name: [nameOf(relation)], kind: "table", columns, key: [], indexes: [] };
      },
      async *list(relation, requested, signal) {
        const name = nameOf(relation);
        const fields = await get<readonly Field[]>("fields", name, signal);
        const asked = requested.map(({ name: column }) => {
          const found = fields.find((field) => field.name === column);
          if (found !== undefined) return found;
          const columns = fields.map((field) => field.name);
          throw new QianzhiError("QZ_COLUMN_NOT_FOUND", { name, column, columns });
        });
        for (let page = 1, more = true; more; page += 1) {
          const part = await get<Page>("rows", `${name}?page=${page}`, signal);
          yield { rows: part.rows.map((row) => asked.map((field) => raw(row[field.name], field))) };
          more = part.more;
        }
      },
      close: async () => void (isClosed = true),
    };
  },
});

const nameOf = (relation: Relation) => ("table" in relation ? relation.table.join(".") : "query");

/** An integer that a double cannot hold stays a text. */
function raw(text: string | null = null, { type }: Field): RawValue {
  const isNumber = type === "integer" && text !== null && Number.isSafeInteger(Number(text));
  return isNumber ? Number(text) : text;
}

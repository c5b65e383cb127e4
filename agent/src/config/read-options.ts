import { checkSchema, type ConfigPath, type ProblemList } from "@qianzhi/sdk";
import { isReference, type SecretReader } from "./secrets.ts";

type Options = Readonly<Record<string, unknown>>;

export interface OptionRules {
  readonly secrets: SecretReader;
  readonly problems: ProblemList;
  /** Options that hold a secret; nested ones by path, `tls.key`. */
  readonly secretOptions?: readonly string[] | undefined;
  /** JSON Schema of the options. */
  readonly schema: Options;
}

/**
 * A copy of an adapter's or target's options, which stand at `base`, with secrets in place of their references, and checked
 * against their schema.
 */
export async function readOptions(
  given: Options,
  base: ConfigPath,
  { secrets, problems, secretOptions = [], schema }: OptionRules,
): Promise<Record<string, unknown>> {
  const unread: ConfigPath[] = [];
  const options = await readGroup(given, []);
  checkSchema(options, schema, except(unread, problems), base);
  return options;

  async function readGroup(
    group: Options,
    place: readonly string[],
  ): Promise<Record<string, unknown>> {
    const result: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(group)) {
      const within = [...place, name];
      const at = [...base, ...within];
      const isSecret = secretOptions.includes(within.join("."));
      if (isReference(value) || (isSecret && typeof value === "string")) {
        const read = await secrets.read(value, at, isSecret ? "secret" : "public");
        if (read === undefined) unread.push(at);
        result[name] = read ?? "";
      } else if (isGroup(value)) result[name] = await readGroup(value, within);
      else result[name] = structuredClone(value);
    }
    return result;
  }
}

/** What cannot be read has been reported, and what it would be is not known: the rest is checked all the same. */
function except(
  places: readonly ConfigPath[],
  { error, misnamed, warn }: ProblemList,
): ProblemList {
  const unread = new Set(places.map((place) => place.join("\0")));
  const outside =
    (report: ProblemList["error"]): ProblemList["error"] =>
    (path, ...words) =>
      unread.has(path.join("\0")) ? undefined : report(path, ...words);
  return { error: outside(error), misnamed: outside(misnamed), warn: outside(warn) };
}

const isGroup = (value: unknown): value is Options =>
  typeof value === "object" && value !== null && !Array.isArray(value);

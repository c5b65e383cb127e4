import type { ConfigPath } from "@qianzhi/sdk";
import { isReference, type SecretReader } from "./secrets.ts";

type Options = Readonly<Record<string, unknown>>;

export interface OptionSecrets {
  readonly secrets: SecretReader;
  /** Options that hold a secret; nested ones by path, `tls.key`. */
  readonly secretOptions?: readonly string[] | undefined;
}

/** A copy of an adapter's or target's options, which stand at `base`, with secrets in place of their references. */
export function readOptions(
  options: Options,
  base: ConfigPath,
  { secrets, secretOptions = [] }: OptionSecrets,
): Promise<Record<string, unknown>> {
  return readGroup(options, []);

  async function readGroup(
    group: Options,
    place: readonly string[],
  ): Promise<Record<string, unknown>> {
    const result: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(group)) {
      const within = [...place, name];
      const at = [...base, ...within];
      const isSecret = secretOptions.includes(within.join("."));
      if (isReference(value))
        result[name] = await secrets.read(value, at, isSecret ? "secret" : "public");
      else if (isSecret && typeof value === "string") result[name] = await secrets.read(value, at);
      else if (isGroup(value)) result[name] = await readGroup(value, within);
      else result[name] = structuredClone(value);
    }
    return result;
  }
}

const isGroup = (value: unknown): value is Options =>
  typeof value === "object" && value !== null && !Array.isArray(value);

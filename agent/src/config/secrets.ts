import { isAbsolute, resolve } from "node:path";
import type { ConfigPath, ProblemList } from "@qianzhi/sdk";
import type { ConfigFiles } from "./config-files.ts";

export interface SecretReader {
  /**
   * The text of `"…"`, `{ env: NAME }` or `{ file: path }`; a final line break of a file is dropped. A secret that
   * cannot be had is a problem and undefined.
   *
   * @param kind `public` for what is no secret (a certificate): it may be written out and be readable by all.
   */
  read(value: unknown, path: ConfigPath, kind?: "secret" | "public"): Promise<string | undefined>;
}

export interface SecretSources {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly files: ConfigFiles;
  readonly problems: ProblemList;
}

export function secretReader({
  directory,
  environment,
  files,
  problems,
}: SecretSources): SecretReader {
  return {
    async read(value, path, kind = "secret") {
      if (typeof value === "string") {
        if (kind === "secret")
          problems.warn(
            path,
            "a secret is written out here; better { env: NAME } or { file: path }",
            "此处直接写了密钥，建议改为 { env: 变量名 } 或 { file: 路径 }",
          );
        return value;
      }
      const reference = value as { readonly env?: string; readonly file?: string };
      if (reference.env !== undefined) return fromEnvironment(reference.env, path);
      if (reference.file !== undefined) return fromFile(reference.file, path, kind);
      return undefined;
    },
  };

  function fromEnvironment(name: string, path: ConfigPath): string | undefined {
    const found = environment[name];
    if (found !== undefined && found !== "") return found;
    problems.error(
      [...path, "env"],
      `the environment variable ${name} is not set`,
      `环境变量 ${name} 未设置`,
    );
    return undefined;
  }

  async function fromFile(
    name: string,
    path: ConfigPath,
    kind: "secret" | "public",
  ): Promise<string | undefined> {
    const file = isAbsolute(name) ? name : resolve(directory, name);
    try {
      const text = (await files.read(file)).replace(/\r?\n$/, "");
      if (kind === "secret" && (await files.readableByOthers(file)))
        problems.warn(
          [...path, "file"],
          `other accounts may read ${file}; run: chmod 600 ${file}`,
          `其他账户可读 ${file}，请执行：chmod 600 ${file}`,
        );
      if (text !== "") return text;
      problems.error([...path, "file"], `the file ${file} is empty`, `文件 ${file} 为空`);
    } catch {
      problems.error([...path, "file"], `the file ${file} cannot be read`, `无法读取文件 ${file}`);
    }
    return undefined;
  }
}

/** Whether a value refers to a secret kept elsewhere. */
export function isReference(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === "env" || keys[0] === "file");
}

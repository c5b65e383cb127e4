import type { ConfigPath, FileProblems } from "@qianzhi/sdk";
import { knownCharsets } from "../charset/decode.ts";
import { unknownName } from "./unknown-name.ts";

/** Reports a charset that cannot be decoded. */
export function checkCharset(charset: string, path: ConfigPath, problems: FileProblems): void {
  if (!knownCharsets.includes(charset.toLowerCase()))
    unknownName(problems.error, path, charset, {
      en: "charset",
      zh: "字符集",
      known: knownCharsets,
    });
}

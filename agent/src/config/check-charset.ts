import type { ConfigPath, FileProblems } from "@qianzhi/sdk";
import { knownCharsets } from "../charset/decode.ts";
import type { TextCharset } from "./site-config.ts";
import { unknownName } from "./unknown-name.ts";

/** Reports a charset that cannot be decoded, and a repair without a charset to repair to. */
export function checkCharset(
  { charset, readAs }: TextCharset,
  path: ConfigPath,
  problems: FileProblems,
): void {
  if (charset === undefined) {
    if (readAs !== undefined)
      problems.error(
        [...path, "readAs"],
        "needs charset as well: what the bytes really are",
        "须同时写 charset，即字节的真实字符集",
      );
  } else if (!knownCharsets.includes(charset.toLowerCase()))
    unknownName(problems.error, [...path, "charset"], charset, {
      en: "charset",
      zh: "字符集",
      known: knownCharsets,
    });
}

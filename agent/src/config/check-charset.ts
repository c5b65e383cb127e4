import type { ConfigPath, FileProblems } from "@qianzhi/sdk";
import { knownCharsets } from "../charset/decode.ts";
import type { TextCharset } from "./site-config.ts";
import { unknownName } from "./unknown-name.ts";

/** Names that are near enough to big5 to be taken for it. */
const isHongKong = (charset: string): boolean => /hkscs|^big5-?hk$|^(cp|ms)951$/i.test(charset);

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
  } else if (isHongKong(charset))
    problems.error(
      [...path, "charset"],
      `${charset} cannot be read here: no decoder of the runtime knows the characters of Hong Kong, and big5 has private ones in their place; leave charset out where the database declares it and converts, or convert in a view or query`,
      `无法读取 ${charset}：运行环境没有香港增补字符的码表，big5 会把它们读成私有区字符；若数据库已声明该字符集并可自行转换，请勿写 charset，否则请在视图或 query 中转换`,
    );
  else if (!knownCharsets.includes(charset.toLowerCase()))
    unknownName(problems.error, [...path, "charset"], charset, {
      en: "charset",
      zh: "字符集",
      known: knownCharsets,
    });
}

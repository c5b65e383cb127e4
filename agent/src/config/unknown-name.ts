import { nearest, type ConfigPath } from "@qianzhi/sdk";

/** Reports a name that refers to nothing, with the names there are; `report` is a file's `error` or `misnamed`. */
export function unknownName(
  report: (path: ConfigPath, message: string, zh: string) => void,
  path: ConfigPath,
  name: string,
  what: { readonly en: string; readonly zh: string; readonly known: readonly string[] },
): void {
  const meant = nearest(name, what.known);
  const known = what.known.join(", ");
  report(
    path,
    `there is no ${what.en} ${name}${meant === undefined ? "" : `; did you mean ${meant}?`}${known === "" ? "" : ` Known: ${known}`}`,
    `没有名为 ${name} 的${what.zh}${meant === undefined ? "" : `，是否应为 ${meant}？`}${known === "" ? "" : ` 现有：${known}`}`,
  );
}

import type { ConfigPath, YamlFile } from "@qianzhi/sdk";
import { isScalar } from "yaml";

/** The text of a number as the file has it when YAML reads another out of it: `01` is 1, `1e3` is 1000. Else undefined. */
export function rewrittenScalar({ document }: YamlFile, path: ConfigPath): string | undefined {
  const node = document.getIn([...path], true);
  if (!isScalar(node) || typeof node.value !== "number" || node.source === undefined)
    return undefined;
  return node.source === String(node.value) ? undefined : node.source;
}

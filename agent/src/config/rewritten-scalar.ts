import type { ConfigPath, YamlFile } from "@qianzhi/sdk";

/** The text of a number as the file has it when YAML reads another out of it: `01` is 1, `1e3` is 1000. Else undefined. */
export function rewrittenScalar(yaml: YamlFile, path: ConfigPath): string | undefined {
  const written = yaml.written(path);
  return written === String(Number(written)) ? undefined : written;
}

// Whether each file of the bundle is what SHA256SUMS says. 核对安装包中每个文件的校验值。
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const folder = new URL(".", import.meta.url);
const damaged = readFileSync(new URL("SHA256SUMS", folder), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => line.split("  "))
  .filter(([sum, name]) => sumOf(name) !== sum)
  .map(([, name]) => name);
if (damaged.length > 0) {
  process.stderr.write(
    `QZ_BUNDLE_DAMAGED Files are missing or changed: ${damaged.slice(0, 3).join(" ")}. Copy the bundle again and compare with its .sha256 file.\n安装包中有文件缺失或被改动，请重新复制，并与 .sha256 文件核对。\n`,
  );
  process.exitCode = 1;
}

function sumOf(name) {
  try {
    return createHash("sha256")
      .update(readFileSync(new URL(encodeURI(name), folder)))
      .digest("hex");
  } catch {
    return undefined;
  }
}

// Imported first by every script, and kept to syntax that very old Node parses, so that an old Node is told so.
const [major, minor] = process.versions.node.split(".").map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    "Qianzhi needs Node 20.19 or newer; this is Node " +
      process.versions.node +
      ".\n" +
      "前置需要 Node 20.19 或更新版本；当前为 Node " +
      process.versions.node +
      "。\n",
  );
  process.exit(2);
}

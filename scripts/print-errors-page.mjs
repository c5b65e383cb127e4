// Prints docs/errors.md and docs/zh-CN/errors.md from the error table. Run it after `npm run build`.
import { writeFileSync } from "node:fs";
import { printErrorsPage } from "../packages/sdk/dist/src/errors/errors-page.js";

for (const [language, path] of [
  ["en", "docs/errors.md"],
  ["zh", "docs/zh-CN/errors.md"],
])
  writeFileSync(new URL(`../${path}`, import.meta.url), printErrorsPage(language));

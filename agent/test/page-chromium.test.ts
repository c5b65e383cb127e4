import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { commandProcess } from "./command-process.ts";

const program = fileURLToPath(new URL("../../bin/qianzhi.js", import.meta.url));
const browser = process.env["QIANZHI_TEST_CHROMIUM"] ?? "chromium";
const skip = await new Promise<string | false>((resolve) =>
  execFile(browser, ["--version"], (failure) =>
    resolve(failure === null ? false : `there is no ${browser}: set QIANZHI_TEST_CHROMIUM`),
  ),
);

/** The document of a page after its scripts have run. */
const documentOf = (url: string, width: number): Promise<string> =>
  new Promise((resolve, reject) =>
    execFile(
      browser,
      [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        `--window-size=${width},900`,
        "--virtual-time-budget=10000",
        "--dump-dom",
        url,
      ],
      { maxBuffer: 64 * 2 ** 20 },
      (failure, out) => (failure === null ? resolve(out) : reject(failure)),
    ),
  );

describe("the agent's page in a real browser", { skip }, () => {
  test("has nothing that axe finds, in both languages, wide and narrow", async () => {
    const folder = await mkdtemp(join(tmpdir(), "qianzhi-page-"));
    await using commands = commandProcess();
    await commands.run(["init", ".", "--lang", "en"], { cwd: folder });
    const config = join(folder, "qianzhi.yaml");
    await writeFile(config, (await readFile(config, "utf8")).replace(":8470", ":0"));
    const agent = spawn(process.execPath, [program, "run"], { cwd: folder, env: { LANG: "C" } });
    agent.stderr.resume();
    try {
      let said = "";
      let url: string | undefined;
      for await (const chunk of agent.stdout) {
        said += String(chunk);
        url = /The page is at (\S+)/.exec(said)?.[1];
        if (url !== undefined) break;
      }
      assert.ok(url);
      const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
      const style = await (await fetch(new URL("page.css", url))).text();
      for (const language of ["en", "zh"])
        for (const width of [1200, 400]) {
          const page = await (await fetch(new URL(`?lang=${language}`, url))).text();
          const file = join(folder, "page.html");
          // The page itself lets no other script run.
          const whole = page
            .replace(/<link rel="stylesheet"[^>]*>/, `<style>${style}</style>`)
            .replace(/<script src="page.js"[^>]*><\/script>/, "")
            .replace(
              "</body>",
              `<script src="${pathToFileURL(axe).href}"></script><script>axe.run().then(({ violations, passes }) => {
                document.title = "axe " + passes.length + " " + JSON.stringify(violations.map(({ id, nodes }) => [id, nodes[0].html]));
              });</script></body>`,
            );
          await writeFile(file, whole);
          const found = await documentOf(pathToFileURL(file).href, width);
          const [, passes, violations] = /<title>axe (\d+) (.*?)<\/title>/s.exec(found) ?? [];
          assert.ok(Number(passes) > 10, `axe did not run: ${found.slice(0, 300)}`);
          assert.equal(violations, "[]", `${language} ${width}`);
        }
      const live = await documentOf(`${url}?lang=zh`, 1200);
      assert.match(live, /<p class="verdict/);
    } finally {
      agent.kill("SIGTERM");
      await once(agent, "close");
      await rm(folder, { recursive: true });
    }
  });
});

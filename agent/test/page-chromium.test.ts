import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { renewingScript } from "@qianzhi/page";
import { commandProcess } from "./command-process.ts";

const program = fileURLToPath(new URL("../../bin/qianzhi.js", import.meta.url));
const browser = process.env["QIANZHI_TEST_CHROMIUM"] ?? "chromium";
const skip = await new Promise<string | false>((resolve) =>
  execFile(browser, ["--version"], (failure) =>
    resolve(failure === null ? false : `there is no ${browser}: set QIANZHI_TEST_CHROMIUM`),
  ),
);

/** The document of a page after its scripts have run. */
const documentOf = (url: string): Promise<string> =>
  new Promise((resolve, reject) =>
    execFile(
      browser,
      [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--window-size=1200,900",
        "--virtual-time-budget=30000",
        "--dump-dom",
        url,
      ],
      { maxBuffer: 64 * 2 ** 20 },
      (failure, out) => (failure === null ? resolve(out) : reject(failure)),
    ),
  );

interface Seen {
  readonly name: string;
  readonly passes: number;
  readonly violations: readonly unknown[];
  readonly isWiderThanWindow: boolean;
}

/** A document that writes down what its frames tell it. */
const gathering = (frames: readonly string[]): string =>
  `<pre></pre><script>const seen = []; addEventListener("message", ({ data }) => {
    seen.push(data); document.querySelector("pre").textContent = JSON.stringify(seen); });</script>${frames.join("")}`;

function seenIn<T>(document: string): readonly T[] {
  const [, seen = "[]"] = /<pre>(.*?)<\/pre>/s.exec(document) ?? [];
  const text = seen.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  return JSON.parse(text) as readonly T[];
}

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Looks at pages as they are, each in a window of its own width; the pages themselves let no other script run. */
async function look(
  folder: string,
  pages: readonly { readonly name: string; readonly url: string; readonly width: number }[],
): Promise<readonly Seen[]> {
  const frames = pages.map(async ({ name, url, width }) => {
    const [page, style] = await Promise.all(
      [url, new URL("page.css", url)].map(async (each) => (await fetch(each)).text()),
    );
    const report = `axe.run().then(({ violations, passes }) => parent.postMessage({
      name: ${JSON.stringify(name)}, passes: passes.length,
      violations: violations.map(({ id, nodes }) => [id, nodes[0].html]),
      isWiderThanWindow: document.documentElement.scrollWidth > innerWidth,
    }, "*"));`;
    await writeFile(
      join(folder, `${name}.html`),
      page!
        .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${style}</style>`)
        .replace(/<script src="page.js"[^>]*><\/script>/, "")
        .replace(
          "</body>",
          `<script src="${pathToFileURL(axe).href}"></script><script>${report}</script></body>`,
        ),
    );
    return `<iframe src="${name}.html" width="${width}" height="900"></iframe>`;
  });
  const file = join(folder, "frames.html");
  await writeFile(file, gathering(await Promise.all(frames)));
  return seenIn<Seen>(await documentOf(pathToFileURL(file).href));
}

/** Starts a command that goes on; what it says has its page's address. */
async function started(
  words: readonly string[],
  folder: string,
  says: RegExp,
): Promise<AsyncDisposable & { readonly url: string }> {
  const child = spawn(process.execPath, [program, ...words], { cwd: folder, env: { LANG: "C" } });
  child.stderr.resume();
  let said = "";
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    const url = says.exec(said)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return {
      url,
      async [Symbol.asyncDispose]() {
        const ended = once(child, "close");
        child.kill("SIGTERM");
        await ended;
      },
    };
  }
  return assert.fail(`it has ended: ${said}`);
}

async function newFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "qianzhi-page-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

describe("the pages of agent and platform in a real browser", { skip }, () => {
  test("have nothing that axe finds and fit their window, in both languages, wide and narrow", async () => {
    await using folder = await newFolder();
    const cwd = folder.path;
    await using commands = commandProcess();
    await commands.run(["init", ".", "--lang", "en"], { cwd });
    await using platform = await started(["sandbox", "--port", "0"], cwd, /(http:\S+)/);
    const file = join(cwd, "qianzhi.yaml");
    const config = await readFile(file, "utf8");
    await writeFile(
      file,
      config.replace("http://127.0.0.1:8787", platform.url).replace(":8470", ":0"),
    );
    await commands.run(["run", "--once"], { cwd });
    await commands.run(["reconcile"], { cwd });
    await using agent = await started(["run"], cwd, /The page is at (\S+)/);
    const wanted = [1200, 360].flatMap((width) =>
      ["en", "zh"].flatMap((language) =>
        Object.entries({ agent: agent.url, platform: `${platform.url}/` }).map(([name, url]) => ({
          name: `${name}-${language}-${width}`,
          url: `${url}?lang=${language}`,
          width,
        })),
      ),
    );
    const seen = await look(cwd, wanted);
    const names = (pages: readonly { readonly name: string }[]) =>
      pages.map(({ name }) => name).toSorted();
    assert.deepEqual(names(seen), names(wanted));
    for (const { name, passes, violations, isWiderThanWindow } of seen) {
      assert.ok(passes > 10, `axe did not run in ${name}`);
      assert.deepEqual(violations, [], name);
      assert.ok(!isWiderThanWindow, name);
    }
  });

  test("renew themselves, leave whoever has scrolled where they are, and say when nobody answers", async () => {
    const scripts = { agent: renewingScript(10_000), platform: renewingScript(1_000) };
    const asked = { agent: 0, platform: 0 };
    const frames = Object.keys(scripts).map((name) => `<iframe src="/${name}/"></iframe>`);
    // The first time one row, then two, then no answer at all.
    const server = createServer(({ url = "" }, response) => {
      const [, name = "", file = ""] = url.split("/");
      if (name !== "agent" && name !== "platform") return response.end(gathering(frames));
      if (file === "page.js") return response.end(scripts[name]);
      asked[name] += 1;
      if (asked[name] > 2) return response.destroy();
      return response.end(`<!doctype html>
        <header><p id="as-of">${asked[name]}</p><p id="silent" hidden>silent</p></header>
        <main><div class="scroll"><table><tbody>${"<tr><td>row</td></tr>".repeat(asked[name])}</tbody></table></div></main>
        <script src="page.js" defer></script><script>
          const own = document.querySelector(".scroll");
          setTimeout(() => parent.postMessage({
            name: "${name}", rows: document.querySelectorAll("td").length, asOf: document.querySelector("#as-of").textContent,
            isOwn: document.querySelector(".scroll") === own, isSilent: !document.querySelector("#silent").hidden,
          }, "*"), 25_000);
        </script>`);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const { port } = server.address() as AddressInfo;
      const seen = seenIn<{ readonly name: string }>(await documentOf(`http://127.0.0.1:${port}/`));
      const renewed = { rows: 2, asOf: "2", isOwn: true, isSilent: true };
      assert.deepEqual(
        seen.toSorted((one, other) => (one.name < other.name ? -1 : 1)),
        Object.keys(scripts).map((name) => ({ name, ...renewed })),
      );
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

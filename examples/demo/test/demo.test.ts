import assert from "node:assert/strict";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const demo = fileURLToPath(new URL("../src/demo.js", import.meta.url));

const program = fileURLToPath(new URL("../../../../agent/bin/qianzhi.js", import.meta.url));

async function whole(child: ChildProcessWithoutNullStreams) {
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { output, errors };
}

test("the demo shows every row equal at the platform or named, on both pages too, names commands that work, and ends when it is told to", async () => {
  const folder = await mkdtemp(join(tmpdir(), "qianzhi-demo-"));
  const child = spawn(process.execPath, [demo, join(folder, "site"), "--lang=en", "--keep"]);
  const ended = once(child, "close");
  try {
    let story = "";
    child.stderr.on("data", (chunk: Buffer) => void (story += chunk.toString()));
    for await (const chunk of child.stdout) {
      story += String(chunk);
      if (/the platform's page/.test(story)) break;
    }
    assert.match(story, /the platform is back; delivered after/);
    assert.equal(story.match(/they agree$/gm)?.length, 3, story);
    const losses = /^ +gxsj > last +(\d+) +(\d+) +(\d+) /m.exec(story)?.slice(1).map(Number) ?? [];
    assert.ok(losses.length === 3 && losses.every((count) => count > 0), story);
    assert.match(story, /^ +Qianzhi +0 +0 +0 +[1-9]/m);

    const page = async (name: string): Promise<string> => {
      const url = new RegExp(`the ${name}'s page +(\\S+)`).exec(story)?.[1] ?? "";
      const answer = await fetch(url, { headers: { "accept-language": "en" } });
      return (await answer.text()).replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
    };
    const platform = await page("platform");
    assert.match(platform, /Every copy was equal to its source/);
    assert.match(platform, new RegExp(`gxsj &gt; last ${losses.join(" ")} 0 Qianzhi 0 0 0 [1-9]`));
    const agent = await page("agent");
    assert.match(agent, /Pipelines .* persons running /);
    assert.match(agent, /persons not in the dictionary \(QZ_DICTIONARY\) \d+ 性别 sex/);

    const commands = [...story.matchAll(/^ +cd (.+) && npx qianzhi (.+)$/gm)];
    assert.equal(commands.length, 5, story);
    for (const [, where, command = ""] of commands) {
      const look = spawn(process.execPath, [program, ...command.split(" ")], { cwd: where });
      const { output, errors } = await whole(look);
      assert.ok(output.length > 0 && errors === "", `${command}: ${errors}`);
    }
  } finally {
    child.kill("SIGINT");
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
  assert.deepEqual(await ended, [0, null]);
});

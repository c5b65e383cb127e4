import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { testHost } from "@qianzhi/adapter-testkit";
import { describeError, QianzhiError } from "@qianzhi/sdk";
import program from "../src/index.ts";
import { calm, openFake, page } from "./fake-program.ts";

const is = (code: string, original?: RegExp) => (error: unknown) => {
  assert.ok(QianzhiError.is(error), String(error));
  assert.equal(error.code, code, error.message);
  if (original !== undefined) assert.match(describeError(error, "en").original ?? "", original);
  return true;
};

/** Opens, makes one request that goes wrong, and sees that the program is gone. */
async function wrongly(
  answers: string,
  expected: ReturnType<typeof is>,
  options: Parameters<typeof openFake>[1] = {},
): Promise<void> {
  const source = await openFake(
    `if (request.method === "maximum") return answer(String(process.pid)); ${answers}`,
    options,
  );
  const pid = Number(await source.maximum!(page.relation, "id", calm()));
  await assert.rejects(source.scan!(page, calm()), expected);
  await source.close();
  await assert.rejects(source.probe(calm()), is("QZ_SOURCE_LOST"));
  assert.ok(!isRunning(pid), "the program has ended");
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe("a program that does not start", () => {
  test("is missing", () =>
    assert.rejects(
      program.open({ command: "qz-no-such-program" }, testHost()),
      // A folder of the path that this account may not search says so instead.
      is("QZ_PROGRAM_MISSING", /ENOENT|EACCES/),
    ));

  test("is told that its folder is missing", () =>
    assert.rejects(
      program.open({ command: process.execPath, cwd: "/qz-no-such" }, testHost()),
      (error) =>
        is("QZ_PROGRAM_MISSING")(error) && (error as Error).message.includes("/qz-no-such"),
    ));

  test("ends at once", () =>
    assert.rejects(openFake("process.exit(3)"), is("QZ_ADAPTER_FAULT", /exit code 3/)));

  test("says nothing", () =>
    assert.rejects(openFake("return", { startTimeoutMs: 300 }), is("QZ_SOURCE_TIMEOUT")));

  test("speaks another version", async () => {
    for (const other of ["hello.contract = 2", "hello.protocol = 7"])
      await assert.rejects(openFake(other), is("QZ_ADAPTER_CONTRACT"));
    await assert.rejects(openFake("hello.methods = ['discover']"), is("QZ_ADAPTER_INVALID"));
    await assert.rejects(openFake("return answer(5)"), is("QZ_ADAPTER_FAULT", /not an object/));
  });

  test("is given up when the agent stops", async () => {
    const stop = new AbortController();
    const opening = openFake("return", {}, { signal: stop.signal });
    await sleep(200);
    stop.abort();
    await assert.rejects(opening, is("QZ_CANCELLED"));
  });

  test("finds no shell in its way", async () => {
    const source = await openFake(
      `if (request.method === "maximum") return answer(process.argv[1] + " " + (process.env.QZ_SECRET ?? "unset") + " " + process.env.QZ_GIVEN);`,
      { env: { QZ_GIVEN: "$HOME; `id`" } },
    );
    process.env["QZ_SECRET"] = "canary";
    assert.match(
      String(await source.maximum!(page.relation, "id", calm())),
      / unset \$HOME; `id`$/,
    );
    await source.close();
  });
});

describe("a program that goes wrong is ended, and the error is typed", () => {
  const onScan = (what: string): string => `if (request.method === "scan") { ${what}; return; }`;
  const cases: readonly (readonly [string, string, ReturnType<typeof is>])[] = [
    ["garbage", `say("hello\\n")`, is("QZ_ADAPTER_FAULT", /not JSON/)],
    ["an answer to nothing", `say({ id: 99, result: 1 })`, is("QZ_ADAPTER_FAULT", /no answer/)],
    ["an array", `say([1])`, is("QZ_ADAPTER_FAULT", /no answer/)],
    [
      "bytes that are no UTF-8",
      `process.stdout.write(Buffer.from([0x22, 0xff, 0x22, 0x0a]))`,
      is("QZ_ADAPTER_FAULT", /not UTF-8/),
    ],
    [
      "a number that was rounded",
      `say('{"id":' + request.id + ',"result":{"rows":[[9007199254740993,1]],"end":true}}\\n')`,
      is("QZ_ADAPTER_FAULT", /string/),
    ],
    ["half a line", `say('{"id":'); process.exit(0);`, is("QZ_SOURCE_LOST", /middle of a line/)],
    ["its end", `process.exit(1)`, is("QZ_SOURCE_LOST", /exit code 1/)],
    ["a crash", `process.kill(process.pid, "SIGSEGV")`, is("QZ_SOURCE_LOST", /SIGSEGV/)],
  ];
  for (const [what, script, expected] of cases) test(what, () => wrongly(onScan(script), expected));

  test("a line without end", () =>
    wrongly(
      onScan(`for (let i = 0; i < 400; i++) say("x".repeat(1000));`),
      is("QZ_ADAPTER_FAULT", /maxLineBytes/),
      { maxLineBytes: 65_536 },
    ));

  test("a flood after its answer", async () => {
    const source = await openFake(
      onScan(`answer({ rows: [], end: true }); for (let i = 0; i < 1000; i++) answer(1);`),
    );
    await source.scan!(page, calm());
    let original: string | undefined;
    for (
      let round = 0;
      round < 50 && original !== "a line is no answer to an open request";
      round++
    )
      original = await source.probe(calm()).then(
        () => undefined,
        (error: unknown) => describeError(error, "en").original,
      );
    assert.equal(original, "a line is no answer to an open request");
    await source.close();
  });

  test("no answer in time, nor to the cancellation", () =>
    wrongly(onScan(""), is("QZ_SOURCE_TIMEOUT"), { requestTimeoutMs: 300 }));

  test("what it started is ended with it", async () => {
    const source = await openFake(
      `if (request.method === "maximum") {
         const { pid } = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => 0, 1e6)"], { stdio: "inherit" });
         return answer(pid);
       }`,
    );
    const pid = Number(await source.maximum!(page.relation, "id", calm()));
    await source.close();
    for (let round = 0; isRunning(pid) && round < 100; round++) await sleep(20);
    assert.ok(!isRunning(pid));
  });

  test("deaf to goodbye", async () => {
    const source = await openFake(
      `if (request.method === "maximum") return answer(process.pid);
       if (request.method === "close") { process.on("SIGTERM", () => 0); setInterval(() => 0, 1e6); return; }`,
    );
    const pid = Number(await source.maximum!(page.relation, "id", calm()));
    await Promise.all([source.close(), source.close()]);
    assert.ok(!isRunning(pid));
  });
});

describe("cancelling", () => {
  test("is told to the program, whose late answer is nobody's", async () => {
    const source = await openFake(
      `if (request.cancel) { globalThis.cancelled = request.cancel; return say({ id: request.cancel, error: { code: "QZ_CANCELLED" } }); }
       if (request.method === "scan") return;
       if (request.method === "maximum") return answer(globalThis.cancelled ?? null);`,
    );
    const stop = new AbortController();
    const scan = source.scan!(page, stop.signal);
    scan.catch(() => undefined);
    assert.equal(await source.maximum!(page.relation, "id", calm()), null);
    stop.abort();
    await assert.rejects(scan, is("QZ_CANCELLED"));
    assert.equal(await source.maximum!(page.relation, "id", calm()), 2);
    await source.close();
  });

  test("ends a program that goes on regardless, and the source is lost", async () => {
    const source = await openFake(`if (request.cancel || request.method === "scan") return;`);
    const stop = new AbortController();
    const scan = source.scan!(page, stop.signal);
    stop.abort();
    await assert.rejects(scan, is("QZ_CANCELLED"));
    const waiting = source.scan!(page, calm());
    await assert.rejects(waiting, is("QZ_SOURCE_LOST"));
    await source.close();
  });
});

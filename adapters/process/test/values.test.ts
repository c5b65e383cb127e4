import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeError, QianzhiError } from "@qianzhi/sdk";
import { parseExactly } from "../src/parse-exactly.ts";
import { calm, openFake, page } from "./fake-program.ts";

const onScan = (what: string): string => `if (request.method === "scan") { ${what}; return; }`;

describe("numbers", () => {
  const taken = [
    "0",
    "-0",
    "1.10",
    "5e-324",
    "1e21",
    "9007199254740991",
    "1E+2",
    "100000000000000000000",
  ];
  for (const token of taken)
    test(`${token} is what a double holds`, () =>
      assert.deepEqual(parseExactly(`[${token}]`), { value: [Number(token)] }));
  const refused = [
    "9007199254740993",
    "0.1000000000000000055",
    "1e400",
    "1e-400",
    "12345678901234567.5",
  ];
  for (const token of refused)
    test(`${token} is more than a double holds`, () =>
      assert.ok("problem" in parseExactly(`{"a":[true,${token}]}`)));

  test("in strings are texts, whatever stands before their end", () => {
    const rows = ["9007199254740993", "\\", '"1e400', '\\"1e400,', "500000199001011234"];
    assert.deepEqual(parseExactly(JSON.stringify({ rows })), { value: { rows } });
  });
});

describe("values", () => {
  test("arrive as the contract has them", async () => {
    const source = await openFake(
      onScan(`answer({ tied: 1, end: false, deleted: [0, 1], rows: [
        ["9007199254740993", { base64: "AP8=" }],
        [true, { base64: "1tjH7A==", charset: "gbk" }],
        [null, { base64: "1g==", charset: "gbk" }],
      ].slice(0, 2 + Number(request.params.pageRows > 2)) , ...(request.params.pageRows > 2 ? { deleted: undefined } : {}) });`),
    );
    const { rows, tied, end } = await source.scan!(page, calm());
    assert.deepEqual(
      [rows, tied, end],
      [
        [
          ["9007199254740993", Uint8Array.of(0, 255)],
          [true, "重庆"],
          [null, "\udcd6"],
        ],
        1,
        false,
      ],
    );
    const two = await source.scan!({ ...page, pageRows: 2 }, calm());
    assert.deepEqual(two.deleted, Uint8Array.of(0, 1));
    await source.close();
  });

  const shapes: readonly (readonly [string, string])[] = [
    ["a row too short", `{ rows: [[1]], end: true }`],
    ["an array for a value", `{ rows: [[1, []]], end: true }`],
    ["an object without bytes", `{ rows: [[1, {}]], end: true }`],
    ["bytes that are no base64", `{ rows: [[1, { base64: "A" }]], end: true }`],
    ["more rows than asked for", `{ rows: Array(4).fill([1, 1]), end: true }`],
    ["more ties than rows", `{ rows: [], tied: 1, end: true }`],
    ["a page without rows that is not the last", `{ rows: [], end: false }`],
    ["no end", `{ rows: [] }`],
    ["nothing", `undefined`],
  ];
  for (const [name, answer] of shapes)
    test(`${name} is a fault of the program`, async () => {
      const source = await openFake(onScan(`answer(${answer});`));
      await assert.rejects(
        source.scan!(page, calm()),
        (error) => QianzhiError.is(error) && error.code === "QZ_ADAPTER_FAULT",
      );
      assert.equal(
        (await source.probe(calm()).catch((error: unknown) => error)) !== undefined,
        true,
      );
      await source.close();
    });
});

describe("errors", () => {
  const errorOf = async (error: string): Promise<QianzhiError> => {
    const source = await openFake(onScan(`say({ id: request.id, error: ${error} });`));
    const found = await source.scan!(page, calm()).catch((each: unknown) => each);
    await source.close();
    assert.ok(QianzhiError.is(found));
    return found;
  };

  test("have the codes of the contract, with their details", async () => {
    const error = await errorOf(
      `{ code: "QZ_COLUMN_NOT_FOUND", details: { name: "hr.person", column: "xm", columns: ["id"], row: "canary" }, text: "no such column: xm" }`,
    );
    assert.equal(error.code, "QZ_COLUMN_NOT_FOUND");
    assert.deepEqual(error.details, {
      operation: "scan",
      name: "hr.person",
      column: "xm",
      columns: ["id"],
      source: "legacy",
    });
    assert.equal(describeError(error, "zh").original, "no such column: xm");
  });

  test("of an unknown code are the program's own, and quote no value", async () => {
    const error = await errorOf(
      `{ code: "QZ_INTERNAL", text: "conversion of 'canary' to int failed\\nfor 500000199001011234" }`,
    );
    assert.equal(error.code, "QZ_ADAPTER_FAULT");
    const { original } = describeError(error, "en");
    assert.equal(original, "conversion of '…' to int failed for …");
  });
});

describe("a listing", () => {
  const pages = `
    globalThis.asked ??= [];
    if (request.method !== "open") globalThis.asked.push(request.method);
    if (request.method === "list") return answer({ rows: [[1, 1]], end: false });
    if (request.method === "next") return answer({ rows: [[2, 2]], end: globalThis.asked.length > 2 });
    if (request.method === "drop") return answer({});
    if (request.method === "maximum") return answer(globalThis.asked.join());`;

  test("is read page by page, one request at a time", async () => {
    const source = await openFake(pages);
    const ids: unknown[] = [];
    for await (const { rows } of source.list!(page.relation, page.columns, calm()))
      ids.push(...rows.map(([id]) => id));
    assert.deepEqual(ids, [1, 2, 2]);
    assert.equal(await source.maximum!(page.relation, "id", calm()), "list,next,next,maximum");
    await source.close();
  });

  test("that is left early is dropped", async () => {
    const source = await openFake(pages);
    for await (const _ of source.list!(page.relation, page.columns, calm())) break;
    assert.equal(await source.maximum!(page.relation, "id", calm()), "list,drop,maximum");
    await source.close();
  });
});

test("what a program complains of is logged in moderation", async () => {
  const said: string[] = [];
  const source = await openFake(
    onScan(
      `for (let i = 0; i < 500; i++) process.stderr.write("row '\u674e\u56db' 500000199001011234 " + "x".repeat(5000) + "\\n", i === 499 ? () => answer({ rows: [], end: true }) : undefined);`,
    ),
    {},
    { onLog: (event, fields) => said.push(`${event} ${String(fields?.["text"])}`) },
  );
  await source.scan!(page, calm());
  await source.close();
  assert.ok(said.length > 0 && said.length <= 20, `${said.length} lines`);
  assert.ok(said.every((line) => line.length < 600 && !/李四|500000/.test(line)));
});

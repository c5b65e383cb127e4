import type { Language } from "@qianzhi/sdk";

/**
 * A small adapter that passes the conformance suite: it lists tab-separated files, one a table. Comments are in the
 * reader's language, and say what to replace.
 */
export function adapterFiles(language: Language, name: string): Readonly<Record<string, string>> {
  const c = (en: string, zh: string): string => (language === "zh" ? zh : en);
  return {
    "package.json": manifest(name),
    "README.md": readme(name, c),
    "index.js": adapter(name, c),
    "harness.js": harness(c),
    "test/conformance.test.js": conformanceTest(),
  };
}

/** As it stands behind `from` in the files that are written, which the agent itself does not import. */
const testkit = JSON.stringify("@qianzhi/adapter-testkit");

type Choose = (en: string, zh: string) => string;

const manifest = (name: string): string =>
  `${JSON.stringify(
    {
      name,
      version: "0.1.0",
      type: "module",
      exports: "./index.js",
      files: ["index.js", "harness.js"],
      qianzhi: { harness: "./harness.js" },
      scripts: { test: "node --test" },
      dependencies: { "@qianzhi/sdk": "0.1.0" },
      devDependencies: { "@qianzhi/adapter-testkit": "0.1.0" },
    },
    undefined,
    2,
  )}\n`;

const readme = (name: string, c: Choose): string => `# ${name}

${c("Reads a folder of tab-separated files for Qianzhi, one file a table.", "为前置读取一个目录中的制表符分隔文件，每个文件一张表。")}

\`\`\`yaml
sources:
  legacy:
    kind: ./${name}
    options: { folder: ./exports }
\`\`\`

- \`npm test\` ${c("runs the conformance suite under node:test;", "用 node:test 执行一致性检验；")}
- \`qianzhi adapter verify .\` ${c("runs the same and prints its report card.", "执行同一检验并给出成绩单。")}

${c(
  "Replace what `index.js` reads by your own system, then the tables that `harness.js` makes. What your source cannot do stands in `lacks`, each with its reason.",
  "先把 `index.js` 读取的内容换成您自己的系统，再修改 `harness.js` 建表的方式。数据源做不到的事写在 `lacks` 中，逐条说明理由。",
)}
`;

const conformanceTest = (): string => `import { after, test } from "node:test";
import { conformanceCases, reasonToSkip } from ${testkit};
import { harness as provide } from "../harness.js";

const harness = await provide(process.env);
after(() => harness[Symbol.asyncDispose]());
for (const each of conformanceCases(harness))
  test(each.name, { skip: reasonToSkip(harness, each) ?? false }, () => each.run());
`;

const adapter = (
  name: string,
  c: Choose,
): string => String.raw`import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { defineAdapter, QianzhiError } from "@qianzhi/sdk";

// ${c("Rows of one page: few enough to be held, and a place to notice a cancellation.", "每页行数：内存可以容纳，并在每页检查是否已取消。")}
const PAGE_ROWS = 1_000;

export default defineAdapter({
  kind: ${JSON.stringify(name)},
  // ${c("Checked before open; fills the documentation and forms.", "在 open 之前检查配置，也用于文档和表单。")}
  optionsSchema: {
    type: "object",
    additionalProperties: false,
    required: ["folder"],
    properties: { folder: { type: "string", description: ${JSON.stringify(c("Folder of the .tsv files.", ".tsv 文件所在目录。"))} } },
  },
  async open({ folder }, host) {
    let closed = false;
    const source = host.source ?? folder;

    // ${c("Every call begins here: it is cancelled promptly, and a closed source says so.", "每个调用都先经过这里：及时响应取消，关闭后给出明确错误。")}
    function check(operation, signal) {
      if (signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation });
      if (closed) throw new QianzhiError("QZ_SOURCE_LOST", { source });
    }

    // ${c("The columns stand in the first line: id:integer, then a tab, then v:text.", "首行是列定义：id:integer、制表符、v:text。")}
    async function columnsOf(relation) {
      const table = "table" in relation ? relation.table.at(-1) : "query";
      const path = join(folder, ${"`${table}.tsv`"});
      try {
        for await (const line of linesOf(path))
          return { table, path, columns: line.split("\t").map((each) => each.split(":")) };
      } catch (cause) {
        if (cause.code !== "ENOENT") throw new QianzhiError("QZ_SOURCE_LOST", { source }, { cause });
      }
      throw new QianzhiError("QZ_TABLE_NOT_FOUND", { source, name: table });
    }

    check("open", host.signal);
    return {
      async probe(signal) {
        check("probe", signal);
        const local = new Date(host.clock.now() + minutes(host.offset) * 60_000).toISOString();
        return { product: "TSV", version: "1", now: local.slice(0, 23).replace("T", " "), offset: host.offset };
      },

      async discover(signal) {
        check("discover", signal);
        const files = (await readdir(folder)).filter((file) => file.endsWith(".tsv"));
        return files.map((file) => ({ name: [file.slice(0, -4)], kind: "table" }));
      },

      async describe(relation, signal) {
        check("describe", signal);
        const { table, columns } = await columnsOf(relation);
        return {
          name: [table],
          kind: "table",
          key: [],
          indexes: [],
          columns: columns.map(([column, type]) => ({ name: column, type, native: type, nullable: true })),
        };
      },

      // ${c("The whole table in any order: the engine stages it, and trusts it only when it has ended.", "任意次序的整张表：引擎先暂存，只有完整结束才采信。")}
      async *list(relation, columns, signal) {
        check("list", signal);
        const { table, path, columns: known } = await columnsOf(relation);
        const names = known.map(([column]) => column);
        const places = columns.map(({ name }) => {
          const at = names.indexOf(name);
          if (at < 0) throw new QianzhiError("QZ_COLUMN_NOT_FOUND", { name: table, column: name, columns: names });
          return at;
        });
        let [rows, first] = [[], true];
        for await (const line of linesOf(path)) {
          const fields = line.split("\t");
          if (!first) rows.push(places.map((at) => valueOf(fields[at], known[at][1])));
          first = false;
          if (rows.length < PAGE_ROWS) continue;
          yield { rows };
          check("list", signal);
          rows = [];
        }
        if (rows.length > 0) yield { rows };
        check("list", signal);
      },

      async close() {
        closed = true;
      },
    };
  },
});

// ${c("A file line by line; a loop that is left early closes the file.", "逐行读取文件；提前结束循环时会关闭文件。")}
async function* linesOf(path) {
  let rest = "";
  for await (const chunk of createReadStream(path, "utf8")) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    yield* lines;
  }
  if (rest !== "") yield rest;
}

// ${c("A field in the raw form of its type: no integer passes through a number that cannot hold it.", "按类型给出原始形式：放不进 number 的整数以字符串表示，绝不丢位。")}
function valueOf(field, type) {
  if (field === "\\N") return null;
  if (type !== "integer") return field.replaceAll(/\\([nt\\])/g, (_, letter) => ({ n: "\n", t: "\t" })[letter] ?? letter);
  return Number.isSafeInteger(Number(field)) ? Number(field) : field;
}

const minutes = (offset) => Number(offset[0] + 1) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4)));
`;

const harness = (
  c: Choose,
): string => String.raw`import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lacking, testType } from ${testkit};
import adapter from "./index.js";

// ${c("Each kind of column with its edges: how a value is written, and how it must be read.", "每种列类型及其边界值：如何写入，应读成什么。")}
const integer = testType("integer", "integer", [["0", 0], ["-7", -7], ["9007199254740993", "9007199254740993"]]);
const text = testType("text", "text", [["", ""], ["重庆", "重庆"], ["a\\tb\\\\n", "a\tb\\n"]]);

// ${c("Provisions a source of its own; qianzhi adapter verify calls it as the test does.", "建立一个专用数据源；测试和 qianzhi adapter verify 都调用它。")}
export async function harness() {
  const folder = await mkdtemp(join(tmpdir(), "tsv-"));
  return {
    open: (host) => adapter.open({ folder }, host),
    async createTable({ name, columns, rows }) {
      const lines = [columns.map((column) => ${"`${column.name}:${column.type.native}`"}), ...rows];
      const written = lines.map((fields) => fields.map((field) => field ?? "\\N").join("\t"));
      await writeFile(join(folder, ${"`${name}.tsv`"}), written.join("\n"));
      return { table: [name] };
    },
    integer,
    text,
    types: [integer, text],
    quote: (value) => value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t"),
    // ${c("What the source cannot do, and why: the cases are left out with the reason.", "数据源做不到的事及理由：相应检验不执行，并显示该理由。")}
    lacks: {
      ...lacking(${JSON.stringify(c("a file cannot order its rows, so it is listed whole", "文件无法排序，只能整表列出"))}, "scan", "horizon", "duplicateKey", "maximum"),
      ...lacking(${JSON.stringify(c("a file does not tell what has changed", "文件不记录变更"))}, "changes"),
      ...lacking(${JSON.stringify(c("the files are in UTF-8", "文件均为 UTF-8"))}, "bytes"),
      ...lacking(
        ${JSON.stringify(c("a folder has no server, connections or accounts", "目录没有服务器、连接和账户"))},
        "slow statement", "sever", "connections", "password", "address", "database",
      ),
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
`;

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { costOf } from "../src/cost.ts";
import { openScripted, texts } from "./scripted-source.ts";
import { answerCatalog } from "./scripted-table.ts";
import type { Answer } from "./tds/scripted-server.ts";

const operator = (name: string, attributes: string, ordered: string, index: string) =>
  `<RelOp NodeId="1" PhysicalOp="${name}" LogicalOp="${name}" ${attributes}><OutputList/>` +
  `<IndexScan Ordered="${ordered}"><DefinedValues/><Object Database="[hr]" Table="[person]" ${index}/></IndexScan></RelOp>`;
const seek = operator(
  "Index Seek",
  'EstimateRows="1001" EstimatedRowsRead="1200.4"',
  "true",
  'Index="[ix_changed]"',
);
const lookup = operator("Clustered Index Seek", 'EstimateRows="1"', "true", 'Index="[pk_person]"');
const scan = operator(
  "Clustered Index Scan",
  'EstimateRows="1e+007"',
  "false",
  'Index="[pk_person]"',
);
const sort = '<RelOp NodeId="0" PhysicalOp="Sort" LogicalOp="TopN Sort" EstimateRows="1001">';

describe("the cost of a page", () => {
  test("is that of its largest read, by the index that leads to it", () => {
    assert.deepEqual(costOf(seek + lookup), { rows: 1200, index: "ix_changed", sorts: false });
  });

  test("of a table that is read whole and sorted names no index", () => {
    assert.deepEqual(costOf(`${sort}${scan}</RelOp>`), {
      rows: 10_000_000,
      index: null,
      sorts: true,
    });
  });

  const person = { columns: [{ name: "id", type: "int" }], key: ["id"] };
  const request = {
    relation: { table: ["person"] },
    columns: [{ name: "id" }],
    order: ["id"],
    from: [7],
    pageRows: 10,
  };
  const costWith = async (answers: Readonly<Record<string, Answer>>) => {
    await using scripted = await openScripted({
      answer: (asked) =>
        answerCatalog(person, asked) ??
        Object.entries(answers).find(([part]) => asked.sql.includes(part))?.[1],
    });
    const cost = await scripted.source.cost!(request, new AbortController().signal);
    return { cost, asked: scripted.server.asked.map(({ sql }) => sql).slice(-3) };
  };

  test("is asked of the server without running the page", async () => {
    const { cost, asked } = await costWith({ "DECLARE @p1 nvarchar(4000);": texts([seek]) });
    // The page ends after its ten rows and one more, whatever the plan would touch in the end.
    assert.deepEqual(cost, { rows: 11, index: "ix_changed", sorts: false });
    assert.deepEqual([asked[0], asked[2]], ["SET SHOWPLAN_XML ON", "SET SHOWPLAN_XML OFF"]);
  });

  test("is not told to an account without the right, and pages are run again afterwards", async () => {
    const denied = {
      errors: [{ number: 262, text: "SHOWPLAN permission denied in database 'hr'." }],
    };
    const { cost, asked } = await costWith({ DECLARE: denied });
    assert.equal(cost, null);
    assert.equal(asked.at(-1), "SET SHOWPLAN_XML OFF");
  });
});

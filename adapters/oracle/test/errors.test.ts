import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ErrorCode } from "@qianzhi/sdk";
import { oracleFault } from "../src/errors.ts";
import { oracleError } from "./scripted-driver.ts";

const words = {
  source: "legacy",
  address: "db:1521/hr",
  user: "READER",
  database: "hr",
  limitMs: 300_000,
};
const context = { operation: "scan", name: "HR.PERSON", bound: true };

const faultOf = (code: string, text?: string, connecting = false) =>
  oracleFault(oracleError(code, text), words, { ...context, connecting });

describe("an error by its number", () => {
  const table: readonly (readonly [ErrorCode, ...string[]])[] = [
    ["QZ_SOURCE_AUTH", "ORA-01017", "ORA-28000", "ORA-28001", "ORA-01045"],
    ["QZ_ORACLE_CLIENT", "NJS-138", "NJS-116", "NJS-533", "NJS-118", "DPI-1047"],
    ["QZ_SOURCE_DENIED", "ORA-01031", "ORA-41900"],
    ["QZ_TABLE_NOT_FOUND", "ORA-00942", "ORA-00980"],
    ["QZ_COLUMN_NOT_FOUND", "ORA-00904"],
    [
      "QZ_DATABASE_NOT_FOUND",
      "ORA-12154",
      "ORA-12505",
      "ORA-12514",
      "NJS-517",
      "NJS-518",
      "NJS-519",
      "NJS-520",
    ],
    [
      "QZ_SOURCE_UNREACHABLE",
      "ORA-12541",
      "ORA-12170",
      "ORA-01033",
      "ORA-01034",
      "NJS-503",
      "NJS-510",
      "NJS-511",
      "NJS-530",
    ],
    [
      "QZ_SOURCE_BUSY",
      "ORA-00018",
      "ORA-00020",
      "ORA-12516",
      "ORA-12519",
      "ORA-12520",
      "ORA-02391",
    ],
    [
      "QZ_SOURCE_LOST",
      "ORA-03113",
      "ORA-03114",
      "ORA-03135",
      "ORA-00028",
      "NJS-500",
      "NJS-501",
      "NJS-521",
    ],
    ["QZ_SOURCE_TLS", "NJS-505", "NJS-506", "NJS-507", "NJS-508"],
    ["QZ_SOURCE_TIMEOUT", "NJS-123"],
    ["QZ_LOCK_TIMEOUT", "ORA-00054", "ORA-00060"],
    ["QZ_SOURCE_FULL", "ORA-01652", "ORA-00257", "ORA-30036", "ORA-04031"],
    ["QZ_SNAPSHOT_LOST", "ORA-01555", "ORA-08103"],
    ["QZ_CANCELLED", "ORA-01013"],
    ["QZ_QUERY_FAILED", "ORA-00933", "ORA-01722", "ORA-12899"],
  ];
  for (const [code, ...numbers] of table)
    test(`${numbers.join(", ")} is ${code}`, () => {
      for (const number of numbers) assert.equal(faultOf(number).code, code, number);
    });

  test("is found in the message where the driver gives it no code", () => {
    const bare = new Error("ORA-00942: table or view does not exist");
    assert.equal(oracleFault(bare, words, context).code, "QZ_TABLE_NOT_FOUND");
  });

  test("of a connection that never stood says that the source cannot be reached", () => {
    assert.equal(faultOf("NJS-501", "terminated", true).code, "QZ_SOURCE_UNREACHABLE");
  });
});

describe("what an error says", () => {
  test("names table and column as the server does", () => {
    const column = faultOf("ORA-00904", '"P"."INCOM": invalid identifier');
    assert.equal(column.details["column"], "INCOM");
    assert.equal(faultOf("ORA-00942").details["name"], "HR.PERSON");
    const named = faultOf("ORA-00942", 'table or view "HR"."PERSON_OLD" does not exist');
    assert.equal(named.details["name"], "HR.PERSON_OLD");
  });

  test("has the grant ready to paste", () => {
    const { grant } = faultOf("ORA-01031").details;
    assert.equal(grant, 'GRANT SELECT ON "HR"."PERSON" TO "READER";');
  });

  test("quotes no value of a row", () => {
    for (const [number, text] of [
      ["ORA-20001", "citizen 500101199001011234 is locked"],
      ["ORA-01722", "unable to convert string value containing '500101' to a number"],
      ["ORA-01858", "a non-numeric character was found: 张三"],
      ["ORA-06502", "character to number conversion error: 500101"],
    ] as const) {
      const fault = faultOf(number, text);
      const { message, stack } = fault.cause as Error;
      assert.equal(message, `${number}: …`);
      assert.equal(stack, undefined);
      assert.ok(!JSON.stringify(fault.details).includes("5001"), number);
    }
  });
});

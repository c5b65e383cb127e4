import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { describeError, QianzhiError, type ScanRequest } from "@qianzhi/sdk";
import { mssql } from "../src/index.ts";
import { hostFor, openScripted, optionsFor } from "./scripted-source.ts";
import { answerCatalog, type CatalogTable } from "./scripted-table.ts";
import { startScriptedServer } from "./tds/scripted-server.ts";
import type { ServerMessage } from "./tds/tokens.ts";

const person: CatalogTable = { columns: [{ name: "id", type: "int" }], key: ["id"] };
const request: ScanRequest = {
  relation: { table: ["person"] },
  columns: [{ name: "id" }],
  order: ["id"],
  from: [1],
  pageRows: 10,
};

const thrown = async (work: Promise<unknown>): Promise<QianzhiError> => {
  const error = await work.then(
    () => assert.fail("nothing was thrown"),
    (reason: unknown) => reason,
  );
  assert.ok(QianzhiError.is(error), String(error));
  return error;
};

async function errorOfLogin(...messages: readonly ServerMessage[]): Promise<QianzhiError> {
  await using server = await startScriptedServer({ login: () => messages });
  return await thrown(mssql.open(optionsFor(server), hostFor()));
}

async function errorOfScan(
  messages: readonly ServerMessage[],
  part: Partial<ScanRequest> = {},
): Promise<QianzhiError> {
  await using scripted = await openScripted({
    answer: (asked) =>
      answerCatalog(person, asked) ??
      (asked.sql.includes("TOP") ? { errors: messages } : undefined),
  });
  return await thrown(scripted.source.scan!({ ...request, ...part }, new AbortController().signal));
}

const refused = { number: 18456, text: "Login failed for user 'reader'.", severity: 14 };

describe("a refused login", () => {
  for (const [number, text, code] of [
    [18456, "Login failed for user 'reader'.", "QZ_SOURCE_AUTH"],
    [18452, "Login failed. The login is from an untrusted domain.", "QZ_SOURCE_AUTH"],
    [
      18486,
      "Login failed for user 'reader' because the account is currently locked out.",
      "QZ_SOURCE_AUTH",
    ],
    [
      18488,
      "Login failed for user 'reader'. Reason: The password must be changed.",
      "QZ_SOURCE_AUTH",
    ],
    [
      17809,
      "Could not connect because the maximum number of '2' user connections has been reached.",
      "QZ_SOURCE_BUSY",
    ],
    [
      18461,
      "Login failed for user 'reader'. Reason: Server is in single user mode.",
      "QZ_SOURCE_BUSY",
    ],
    [17142, "SQL Server service has been paused.", "QZ_SOURCE_UNREACHABLE"],
  ] as const) {
    test(`by ${number} is ${code}`, async () => {
      assert.equal((await errorOfLogin({ number, text, severity: 14 })).code, code);
    });
  }

  test("for its database names the database, though the server speaks of the user last", async () => {
    const opening = {
      number: 4060,
      text: 'Cannot open database "hr" requested by the login.',
      severity: 11,
    };
    const error = await errorOfLogin(opening, refused);
    assert.equal(error.code, "QZ_DATABASE_NOT_FOUND");
    assert.match(error.message, /no database hr/);
  });

  test("to a database that is being restored is tried again", async () => {
    const restoring = {
      number: 927,
      text: "Database 'hr' cannot be opened. It is in the middle of a restore.",
    };
    assert.equal((await errorOfLogin(restoring, refused)).recovery, "reconnect");
  });
});

describe("a statement that the server refuses", () => {
  for (const [number, text, code] of [
    [208, "Invalid object name 'dbo.person'.", "QZ_TABLE_NOT_FOUND"],
    [207, "Invalid column name 'gone'.", "QZ_COLUMN_NOT_FOUND"],
    [
      1205,
      "Transaction (Process ID 57) was deadlocked and has been chosen as the deadlock victim.",
      "QZ_LOCK_TIMEOUT",
    ],
    [1222, "Lock request time out period exceeded.", "QZ_LOCK_TIMEOUT"],
    [3960, "Snapshot isolation transaction aborted due to update conflict.", "QZ_LOCK_TIMEOUT"],
    [
      701,
      "There is insufficient system memory in resource pool 'default' to run this query.",
      "QZ_SOURCE_BUSY",
    ],
    [
      596,
      "Cannot continue the execution because the session is in the kill state.",
      "QZ_SOURCE_LOST",
    ],
    [824, "SQL Server detected a logical consistency-based I/O error.", "QZ_SOURCE_DAMAGED"],
    [102, "Incorrect syntax near '>'.", "QZ_QUERY_FAILED"],
    [
      1105,
      "Could not allocate space for object 'dbo.SORT' in database 'tempdb'.",
      "QZ_SOURCE_FULL",
    ],
    [9002, "The transaction log for database 'hr' is full due to 'LOG_BACKUP'.", "QZ_SOURCE_FULL"],
  ] as const) {
    test(`by ${number} is ${code}`, async () => {
      const error = await errorOfScan([{ number, text }]);
      assert.equal(error.code, code, error.message);
      assert.ok(error.cause instanceof Error, "the server's own words are its cause");
    });
  }

  test("for a right tells the DBA what to run", async () => {
    const table =
      "The SELECT permission was denied on the object 'person', database 'hr', schema 'reg'.";
    const column =
      "The SELECT permission was denied on the column 'income' of the object 'person', database 'hr', schema 'reg'.";
    const ofTable = await errorOfScan([{ number: 229, text: table }]);
    assert.equal(ofTable.code, "QZ_SOURCE_DENIED");
    assert.match(ofTable.hint, /GRANT SELECT ON \[reg\]\.\[person\] TO \[reader\];/);
    const ofColumn = await errorOfScan([{ number: 230, text: column }]);
    assert.match(
      ofColumn.hint,
      /GRANT SELECT ON \[reg\]\.\[person\] \(\[income\]\) TO \[reader\];/,
    );
    const other =
      'The server principal "reader" is not able to access the database "pay" under the current security context.';
    const ofDatabase = await errorOfScan([{ number: 916, text: other }]);
    assert.match(ofDatabase.hint, /USE \[pay\]; CREATE USER \[reader\] FOR LOGIN \[reader\];/);
  });

  test("twice over is told by its first error", async () => {
    const error = await errorOfScan([
      { number: 208, text: "Invalid object name 'dbo.person'." },
      { number: 8180, text: "Statement(s) could not be prepared." },
    ]);
    assert.equal(error.code, "QZ_TABLE_NOT_FOUND");
  });

  test("over a value does not repeat the value", async () => {
    const number = 245;
    const text =
      "Conversion failed when converting the varchar value 'canary-500101' to data type int.";
    const error = await errorOfScan([{ number, text }]);
    assert.equal(error.code, "QZ_QUERY_FAILED");
    const said =
      JSON.stringify(describeError(error, "zh")) + inspect(error, { depth: 9, showHidden: true });
    assert.ok(!said.includes("canary"), said);
    assert.match(said, /Conversion failed/);
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import * as exchange from "../src/index.ts";

test("the public names are these", () => {
  assert.deepEqual(Object.keys(exchange).sort(), [
    "Outbox",
    "UpsertWriter",
    "backUp",
    "contentSeal",
    "createDelivery",
    "databaseError",
    "defaultDeliveryLimits",
    "defaultLimits",
    "filesOnDisk",
    "httpTarget",
    "isDamage",
    "keptAside",
    "knownTarget",
    "lockDirectory",
    "nodeCompression",
    "openDatabase",
    "openExchange",
    "openItemShares",
    "openStore",
    "publicKeyOf",
    "realWorld",
    "restoreBackup",
    "retryDelay",
    "sealedChanges",
    "setAside",
    "storedJson",
    "verifyEntries",
    "verifyLedger",
  ]);
});

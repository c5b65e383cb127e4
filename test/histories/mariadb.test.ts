import { testHistories, testLateCommit } from "./history-tests.ts";
import { mariadb } from "./servers.ts";

testLateCommit(mariadb);
testHistories(mariadb, { cursor: 100, diff: 50 }, "npm test");

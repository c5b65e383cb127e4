import { testHistories, testLateCommit } from "./history-tests.ts";
import { mariadb } from "./servers.ts";

testLateCommit(mariadb);
testHistories(mariadb, { cursor: 40, diff: 80 }, "npm test");

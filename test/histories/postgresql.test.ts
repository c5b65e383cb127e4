import { testHistories, testLateCommit } from "./history-tests.ts";
import { postgresql } from "./servers.ts";

testLateCommit(postgresql);
testHistories(postgresql, { cursor: 100, diff: 50, native: 12 }, "npm test");

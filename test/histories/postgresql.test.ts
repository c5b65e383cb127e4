import { testHistories, testLateCommit } from "./history-tests.ts";
import { postgresql } from "./servers.ts";

testLateCommit(postgresql);
testHistories(postgresql, { cursor: 60, diff: 108, native: 12 }, "npm test");

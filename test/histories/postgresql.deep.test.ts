import { testHistories } from "./history-tests.ts";
import { postgresql } from "./servers.ts";

// Other histories at each run; the seed is printed.
const seed = new Date().toISOString();
testHistories(postgresql, { cursor: 3_000, diff: 2_000, native: 500 }, seed);

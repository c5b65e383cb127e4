import { testHistories } from "./history-tests.ts";
import { postgresql } from "./servers.ts";

// Other histories at each run; the seed is printed.
const seed = new Date().toISOString();
testHistories(postgresql, { cursor: 3_500, diff: 1_500, native: 500, backups: 300 }, seed);

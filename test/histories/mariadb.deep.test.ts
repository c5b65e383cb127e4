import { testHistories } from "./history-tests.ts";
import { mariadb } from "./servers.ts";

// Other histories at each run; the seed is printed.
const seed = new Date().toISOString();
testHistories(mariadb, { cursor: 2_500, diff: 2_000 }, seed);

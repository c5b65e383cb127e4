import { testHistories } from "./history-tests.ts";
import { mariadb } from "./servers.ts";

// Other histories at each run; the seed is printed.
const seed = new Date().toISOString();
testHistories(mariadb, { cursor: 3_500, diff: 1_500, backups: 300 }, seed);

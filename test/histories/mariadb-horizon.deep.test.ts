import { horizonMutations } from "./horizon-mutations.ts";
import { plantHorizonMutations } from "./plant-horizon-mutations.ts";
import { mariadb } from "./servers.ts";

plantHorizonMutations(mariadb, horizonMutations.mariadb, new Date().toISOString());

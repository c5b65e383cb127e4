import { horizonMutations } from "./horizon-mutations.ts";
import { plantHorizonMutations } from "./plant-horizon-mutations.ts";
import { postgresql } from "./servers.ts";

plantHorizonMutations(postgresql, horizonMutations.postgresql, new Date().toISOString());

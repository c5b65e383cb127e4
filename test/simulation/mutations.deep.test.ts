import { furtherMutations } from "./further-mutations.ts";
import { plantMutations } from "./plant-mutations.ts";

plantMutations(furtherMutations);

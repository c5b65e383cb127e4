import { furtherMutations } from "./mutations.ts";
import { plantMutations } from "./plant-mutations.ts";

plantMutations(furtherMutations);

import { mutations } from "./mutations.ts";
import { plantMutations } from "./plant-mutations.ts";

plantMutations(mutations);

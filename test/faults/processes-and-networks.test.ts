import { testFaults } from "./processes-and-networks.ts";

testFaults({ seed: "npm test", rounds: 1, restMs: 300 });

import { testFaults } from "./processes-and-networks.ts";

testFaults({ seed: new Date().toISOString(), rounds: 40, restMs: 5_000 });

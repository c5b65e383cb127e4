export { conformanceCases } from "./conformance-cases.ts";
export { reasonToSkip } from "./harness.ts";
export type {
  ConformanceCase,
  ConformanceHarness,
  Need,
  TestTable,
  TestType,
  TestValue,
  WrongOption,
} from "./harness.ts";

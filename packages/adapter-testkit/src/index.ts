export { conformanceCases } from "./conformance-cases.ts";
export { wrongPassword } from "./harness.ts";
export type {
  ConformanceCase,
  ConformanceHarness,
  ProvideHarness,
  WrongOption,
} from "./harness.ts";
export { lacking, reasonToSkip } from "./needs.ts";
export type { Need, OptionalMethod } from "./needs.ts";
export { sqlSession, sqlTables } from "./sql-harness.ts";
export type { RunSql, SqlWords } from "./sql-harness.ts";
export { testHost } from "./test-host.ts";
export type { TestHostOptions } from "./test-host.ts";
export { keyTraits, testType } from "./test-type.ts";
export type {
  KeyTrait,
  SlowStatement,
  TestLock,
  TestSession,
  TestTable,
  TestType,
  TestValue,
  Written,
} from "./test-type.ts";
export { verifyAdapter, verifySource } from "./verify-adapter.ts";
export type { CaseResult, VerifyOptions } from "./verify-adapter.ts";
export type { SiteUnderTest } from "./site-cases.ts";

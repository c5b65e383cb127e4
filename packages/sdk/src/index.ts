export { QianzhiError, describeError } from "./errors/qianzhi-error.ts";
export type { ErrorDetails, Language, Worded } from "./errors/qianzhi-error.ts";
export { errorTable } from "./errors/error-table.ts";
export type { ErrorCode } from "./errors/error-table.ts";
export type { ErrorEntry, ErrorTexts, Pace, Recovery } from "./errors/error-entry.ts";

export { ADAPTER_CONTRACT, columnTypes, defineAdapter, settleReasons } from "./adapter/adapter.ts";
export type {
  Adapter,
  AdapterHost,
  Bound,
  ChangesPage,
  Column,
  ColumnRequest,
  ColumnType,
  Horizon,
  HorizonRequest,
  Index,
  ListPage,
  PositionValue,
  Probe,
  RawRow,
  RawValue,
  Relation,
  RelationDescription,
  RelationSummary,
  ScanPage,
  ScanRequest,
  SettleReason,
  Source,
  StatementCost,
} from "./adapter/adapter.ts";
export type { KeptChanges } from "./adapter/kept-changes.ts";
export { isClosedSql } from "./adapter/closed-sql.ts";

export { defineTarget, TARGET_CONTRACT } from "./target/define-target.ts";
export type {
  ConfiguredTarget,
  TargetDefinition,
  TargetFiles,
  TargetHost,
} from "./target/define-target.ts";
export type {
  Delivery,
  EarlyRefusals,
  LateReceipts,
  SealedBatch,
  StreamName,
  Target,
  TargetCapabilities,
} from "./target/target.ts";

export { PROTOCOL } from "./wire/wire.ts";
export type {
  BatchManifest,
  BucketKey,
  BucketPage,
  ChangeLine,
  DigestReport,
  EpochRequest,
  GenerationOutcome,
  GenerationStep,
  JsonRecord,
  Problem,
  Receipt,
  ReceiptPage,
  Refusal,
  RefusalReason,
  ResourceDigest,
  StreamPosition,
} from "./wire/wire.ts";

export type { CompiledResource } from "./resource/compiled-resource.ts";
export { compileResource, defaultOffset } from "./resource/compile-resource.ts";
export { batchDigest, bucketOf, DigestSum, recordHash } from "./resource/digest.ts";
export { maskValue, sensitivityOf } from "./resource/reasons.ts";
export { codesOf, isRequired, sharedItems } from "./resource/record-schema.ts";
export { endOfValue, keyTextOf } from "./resource/record-text.ts";

export { canonicaliser } from "./canonical/canonicaliser.ts";
export type { CanonicalOptions } from "./canonical/canonicaliser.ts";
export { isRefused } from "./canonical/refused.ts";
export type { CanonicalValue, Canonicaliser, Refused } from "./canonical/refused.ts";
export { isReasonCode, reasonText, reasonTexts, reasonWords } from "./reasons/reason-texts.ts";
export type { ReasonCode } from "./reasons/reason-texts.ts";

export { formatNames, nationalFormat, nationalFormats } from "./formats/national-formats.ts";
export type { FormatName, NationalFormat } from "./formats/national-formats.ts";
export { codeTable, codeTables } from "./codes/code-tables.ts";
export type { CodeTable } from "./codes/code-tables.ts";

export { compareDescriptors } from "./descriptor/compare-descriptors.ts";
export type { DescriptorChange, DescriptorComparison } from "./descriptor/compare-descriptors.ts";
export { defineResource } from "./descriptor/define-resource.ts";
export { descriptorSchema } from "./descriptor/descriptor-schema.ts";
export { parseDescriptor, readDescriptor } from "./descriptor/parse-descriptor.ts";
export type { DescriptorFile } from "./descriptor/parse-descriptor.ts";
export type { RecordOf } from "./descriptor/record-of.ts";

export { checkSchema } from "./yaml/check-schema.ts";
export { nearest } from "./yaml/problems.ts";
export type { ConfigPath, ConfigProblem, ProblemList } from "./yaml/problems.ts";
export { readYaml } from "./yaml/yaml-file.ts";
export type { FileProblems, YamlFile } from "./yaml/yaml-file.ts";

export { itemTypes, updateCycles } from "./descriptor/descriptor.ts";
export type {
  Item,
  ItemType,
  ResourceDescriptor,
  Share,
  UpdateCycle,
} from "./descriptor/descriptor.ts";

export type { Clock, Log, LogFields, Random, Timers, World } from "./world/world.ts";

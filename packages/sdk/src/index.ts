export { QianzhiError, describeError } from "./errors/qianzhi-error.ts";
export type { ErrorDetails, Language } from "./errors/qianzhi-error.ts";
export { errorTable } from "./errors/error-table.ts";
export type { ErrorCode, ErrorEntry, ErrorTexts, Pace, Recovery } from "./errors/error-table.ts";

export { ADAPTER_CONTRACT, columnTypes, defineAdapter } from "./adapter/adapter.ts";
export type {
  Adapter, AdapterHost, Bound, ChangesPage, Column, ColumnRequest, ColumnType, Horizon, HorizonRequest, Index, ListPage,
  PositionValue, Probe, RawRow, RawValue, Relation, RelationDescription, RelationSummary, ScanPage, ScanRequest, Source,
} from "./adapter/adapter.ts";

export type { Delivery, SealedBatch, StreamName, Target, TargetCapabilities } from "./target/target.ts";

export { PROTOCOL } from "./wire/wire.ts";
export type {
  BatchManifest, ChangeLine, DigestReport, EpochRequest, JsonRecord, Problem, Receipt, ReceiptPage, Refusal,
  RefusalReason, ResourceDigest, StreamPosition,
} from "./wire/wire.ts";

export type { CompiledResource } from "./resource/compiled-resource.ts";

export { itemTypes, updateCycles } from "./descriptor/descriptor.ts";
export type { Item, ItemType, ResourceDescriptor, Share, UpdateCycle } from "./descriptor/descriptor.ts";

export type { Clock, Log, LogFields, Random, Timers, World } from "./world/world.ts";

export { openDatabase } from "./database/database.ts";
export { databaseError } from "./database/database-error.ts";
export type { Database, OpenDatabase, SqlRow, SqlValue, Statement } from "./database/database.ts";

export { openStore } from "./store/store.ts";
export type { Store, StoreOptions, TransactionOptions } from "./store/store.ts";
export { backUp, restoreBackup } from "./store/backup.ts";
export type { BackupNote } from "./store/backup.ts";
export { isDamage } from "./store/damage.ts";
export { keptAside, setAside } from "./store/set-aside.ts";
export { storedJson } from "./store/stored-json.ts";
export { lockDirectory } from "./store/lock-directory.ts";
export type { DirectoryLock } from "./store/lock-directory.ts";
export { defaultLimits } from "./store/limits.ts";
export type { ExchangeLimits } from "./store/limits.ts";
export type { Reserve } from "./store/reserve.ts";
export type { SchemaPart } from "./store/schema.ts";
export type { Settings } from "./store/settings.ts";
export { openItemShares } from "./store/item-shares.ts";
export type { ItemShares } from "./store/item-shares.ts";
export type { SiteSecret } from "./store/site-secret.ts";
export { filesOnDisk } from "./store/store-files.ts";
export type { StoreFiles } from "./store/store-files.ts";

export { nodeCompression } from "./compression/compression.ts";
export type { Compression, Encoding } from "./compression/compression.ts";

export { Outbox } from "./outbox/outbox.ts";
export { UpsertWriter } from "./outbox/batch-bytes.ts";
export type { UpsertLines } from "./outbox/batch-bytes.ts";
export type { SealRequest } from "./outbox/outbox.ts";
export type { Head, Sealed } from "./outbox/chain.ts";
export type { BatchFilter, BatchSummary, StreamStatus } from "./outbox/status.ts";
export type { BatchState } from "./outbox/batch-table.ts";
export { sealedChanges } from "./outbox/sealed-changes.ts";
export type { SealedChanges } from "./outbox/sealed-changes.ts";
export type { OnVoided, VoidedBatch } from "./outbox/epoch.ts";
export type { OnReceipt, ReceiptEvent, RefusedChange } from "./outbox/receive.ts";

export type { Quarantine, QuarantineFilter, ReasonCount } from "./quarantine/quarantine.ts";
export type { HistoryDay, QuarantineHistory } from "./quarantine/history.ts";
export type {
  NewQuarantineEntry,
  QuarantinedContent,
  QuarantineEntry,
} from "./quarantine/entry.ts";
export type { OpenKey } from "./quarantine/open-keys.ts";
export { contentSeal } from "./quarantine/seal-content.ts";
export type { ContentSeal } from "./quarantine/seal-content.ts";

export { verifyEntries, verifyLedger } from "./ledger/ledger.ts";
export type {
  EntriesVerification,
  Ledger,
  LedgerEntry,
  LedgerExtent,
  LedgerRow,
  LedgerVerification,
} from "./ledger/ledger.ts";

export { knownTarget } from "./delivery/ask-capabilities.ts";
export type { KnownTarget } from "./delivery/ask-capabilities.ts";
export { retryDelay } from "./delivery/backoff.ts";
export { createDelivery, defaultDeliveryLimits } from "./delivery/delivery.ts";
export type {
  Delivery,
  DeliveryLimits,
  DeliveryOptions,
  DeliveryState,
  OnWithheld,
  StreamFailure,
} from "./delivery/delivery.ts";

export { httpTarget } from "./http/http-target.ts";
export type { HttpTarget, HttpTargetOptions } from "./http/http-target.ts";
export type { ConnectionSettings } from "./http/http-client.ts";
export type { NationalGateway } from "./http/national-gateway.ts";
export { publicKeyOf } from "./http/sign-request.ts";

export { openExchange } from "./publisher/exchange.ts";
export type { Exchange, ExchangeOptions } from "./publisher/exchange.ts";
export type {
  Change,
  ChangeResult,
  KeyOf,
  Publisher,
  PublishOptions,
} from "./publisher/publisher.ts";
export type { DrainOptions, Intents } from "./publisher/drain-intents.ts";
export type { ReconcileOptions, ReconcileResult } from "./publisher/reconcile.ts";
export type { RecordReceipt } from "./publisher/record-receipts.ts";
export { realWorld } from "./world/real-world.ts";

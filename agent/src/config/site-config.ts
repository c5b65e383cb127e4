import type { NationalGateway } from "@qianzhi/exchange";
import type { PageConfig } from "./page-config.ts";
import type { TimeWindow } from "../care/time-window.ts";
import type { Adapter, ConfigProblem, ConfiguredTarget, ResourceDescriptor } from "@qianzhi/sdk";

/** A site's configuration after parsing: every reference resolved, every default filled in, nothing to check again. */
export interface SiteConfig {
  /** Absolute path of the file it came from. */
  readonly file: string;
  /** Name of this deployment at the platform. */
  readonly site: string;
  /** Absolute path of the data directory. */
  readonly dataDirectory: string;
  readonly language?: "en" | "zh";
  /** IANA zone in which schedules are read. Default Asia/Shanghai. */
  readonly timeZone: string;
  /** The exchange platform over HTTP: there is either this or another target. */
  readonly platform?: PlatformConfig;
  readonly target?: TargetConfig;
  readonly sources: ReadonlyMap<string, SourceConfig>;
  readonly resources: ReadonlyMap<string, ResourceDescriptor>;
  readonly pipelines: readonly PipelineConfig[];
  readonly outbox: OutboxConfig;
  readonly ledger: LedgerConfig;
  readonly page?: PageConfig;
  readonly alarms: AlarmLimits;
  /** What is allowed but should not stay: a password written out, a key file that others can read, a share that has ended. */
  readonly warnings: readonly ConfigProblem[];
}

export interface PlatformConfig {
  readonly url: string;
  /** Ed25519 private key, PKCS#8 PEM text; its name at the platform is `keyId`. */
  readonly privateKey: string;
  readonly keyId: string;
  /** PEM text of a private certificate authority. */
  readonly ca?: string;
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
  readonly proxy?: string;
  readonly noProxy: readonly string[];
  readonly timeoutMs: number;
  readonly gateway?: NationalGateway;
  /** For `publish` and key registration at a sandbox. */
  readonly enrolmentToken?: string;
}

/** A target other than the platform over HTTP, its options checked and its secrets resolved. */
export interface TargetConfig extends ConfiguredTarget {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** The same target with some options changed. */
  with(options: Readonly<Record<string, unknown>>): Promise<ConfiguredTarget>;
}

/** What texts really hold, declared for a source, a pipeline or an item; the narrowest declaration holds. */
export interface TextCharset {
  /** What the bytes really are, when the database declares another charset. */
  readonly charset?: string;
  /** The driver gives no bytes, but a text made of them as if they were latin1: they are taken back from it. */
  readonly readAs?: "latin1";
}

export interface SourceConfig extends TextCharset {
  readonly name: string;
  readonly kind: string;
  readonly adapter: Adapter;
  /** Checked against the adapter's schema, secrets resolved. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Offset of times without zone, `+08:00`. */
  readonly offset: string;
  readonly maxConnections: number;
  /** Rows a second, at most. */
  readonly maxRowsPerSecond?: number;
  /** When it may be read, in the site's zone; empty = always. */
  readonly windows: readonly TimeWindow[];
  /** How long a statement should take: a source that takes longer is asked less. */
  readonly statementTargetMs: number;
}

export interface PipelineConfig extends TextCharset {
  readonly name: string;
  readonly resource: ResourceDescriptor;
  readonly source: SourceConfig;
  readonly relation: { readonly table: readonly string[] } | { readonly query: string };
  readonly mode: "cursor" | "diff" | "replace" | "native";
  /** Change column, in mode cursor. */
  readonly cursor?: string;
  /** Source columns that identify a row; empty = the primary key of the relation. */
  readonly key: readonly string[];
  readonly where?: string;
  readonly deletedWhen?: string;
  readonly settleMs: number;
  /** Six-field cron expression, seconds first, in the site's time zone. Without it and `everyMs`: only on `run --once`. */
  readonly schedule?: string;
  /** Instead of `schedule`: from the start of one run to the start of the next. */
  readonly everyMs?: number;
  /** When source and platform are reconciled: such an expression; absent: only when one is owed or asked for. */
  readonly reconcile?: string;
  /** Random delay before each scheduled run, at most. */
  readonly jitterMs: number;
  readonly pageRows: number;
  /** Read although each poll scans or sorts a large table. */
  readonly allowFullScan: boolean;
  readonly maxDeletes: { readonly percent: number; readonly rows: number };
  readonly onInvalid: "keep" | "withdraw";
  readonly maxQuarantined: number;
  readonly map: readonly ItemMapping[];
}

/** How one item gets its value: from a column or a constant, through the transforms in the order given here. */
export interface ItemMapping extends TextCharset {
  readonly item: string;
  readonly from: { readonly column: string } | { readonly constant: string | number | boolean };
  readonly trim: boolean;
  /** Texts that mean "no value": `/`, `无`, `NULL`; a day means its midnight too. */
  readonly nulls: readonly string[];
  readonly case?: "upper" | "lower";
  readonly normalise?: "NFC" | "NFKC";
  /** Source text → item value (null: no value). `otherwise` absent: an unknown text is refused. */
  readonly dictionary?: {
    readonly name: string;
    readonly entries: ReadonlyMap<string, string | null>;
    readonly otherwise?: string | null;
  };
  /** Pattern that a text date or time has: `yyyyMMdd`, `yyyy-MM-dd HH:mm:ss`, `yyyy年M月d日`; or `excel`. */
  readonly date?: string;
  /**
   * A number written as text: which characters group digits, and which stands before the fraction; which units may follow
   * it, and by how many places each moves the point to the right (none: no unit may).
   */
  readonly number?: {
    readonly group?: string;
    readonly decimal: string;
    readonly units?: Readonly<Record<string, number>>;
  };
}

export interface OutboxConfig {
  /** Bytes that waiting batches may take. */
  readonly maxBytes: number;
  /** How long delivered bytes are kept. */
  readonly retainDeliveredMs: number;
}

export interface LedgerConfig {
  /** How long an entry is kept, if there is room for it. */
  readonly keepMs: number;
  /** Bytes that entries may take. */
  readonly maxBytes: number;
}

/** From when on something is worth an alarm. */
export interface AlarmLimits {
  /** A pipeline was due so long ago and has not run. */
  readonly overdueAfterMs: number;
  /** A source has answered nothing for so long during a run. */
  readonly stalledAfterMs: number;
  /** The platform's copy is so far behind, and falls further behind. */
  readonly lagAfterMs: number;
  /** A batch waits for so long and nothing leaves. */
  readonly waitingAfterMs: number;
  /** Records that came into quarantine within an hour. */
  readonly quarantineGrowth: number;
  /** Percent by which a source has become slower. */
  readonly slowdownPercent: number;
}

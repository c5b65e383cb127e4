import type { RefusalReason } from "@qianzhi/sdk";

/** A record that may not be sent as it is, and why. */
export interface NewQuarantineEntry {
  readonly pipeline: string;
  readonly resource: string;
  /** Canonical key text. Absent when not even the key could be formed; `recordText` then identifies the entry. */
  readonly keyText?: string;
  /** The record as far as it came, any text. Absent for a refused delete. */
  readonly recordText?: string;
  /** Never with a source value. */
  readonly reasons: readonly RefusalReason[];
  readonly origin: "site" | "platform";
  /** The key's then current record is to be read and sent again. */
  readonly temporary: boolean;
  /** Where it stood, when it was in a batch. */
  readonly place?: { readonly epoch: number; readonly sequence: number; readonly line: number };
  /** Only changes sealed after this one close the entry. Default: everything sealed so far is earlier. */
  readonly ordinal?: number;
}

export interface QuarantineEntry {
  readonly id: number;
  readonly pipeline: string;
  readonly resource: string;
  /** Hex of the keyed hash. */
  readonly keyHash: string;
  readonly reasons: readonly RefusalReason[];
  readonly origin: "site" | "platform";
  readonly temporary: boolean;
  readonly place?: { readonly epoch: number; readonly sequence: number; readonly line: number };
  readonly openedAt: number;
  /** How often the key was refused since the entry opened. */
  readonly seen: number;
  readonly state: "open" | "closed";
  readonly closedAt?: number;
  readonly closedBy?: string;
}

/** The protected part of an entry. */
export interface QuarantinedContent {
  readonly keyText?: string;
  readonly recordText?: string;
}

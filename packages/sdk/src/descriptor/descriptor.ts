/** The contract of a resource: see docs/descriptor.md. Parsed and checked by `defineResource` and `parseDescriptor`. */
export interface ResourceDescriptor {
  readonly apiVersion: "qianzhi/v1";
  readonly kind: "Resource";
  /** 信息资源代码: 类/项/目/细目 digits, "/", serial digits. */
  readonly code: string;
  /** ASCII snake case: used in URLs, tables and types. */
  readonly identifier: string;
  readonly name: string;
  /** Semver; a narrower contract is a major version. */
  readonly version: string;
  readonly provider: { readonly name: string; readonly code: string };
  readonly abstract?: string;
  readonly share: Share;
  readonly open?: { readonly allowed: boolean; readonly condition?: string };
  readonly updateCycle: UpdateCycle;
  /** Identifiers of the items that identify a record. Empty: records have no key, and equal ones are counted. */
  readonly key: readonly string[];
  readonly items: readonly Item[];
  readonly relatedCodes?: readonly string[];
  readonly publishedOn?: string;
}

export interface Share {
  readonly type: "unconditional" | "conditional" | "none";
  /** Required when conditional. */
  readonly condition?: string;
  /** Legal basis, required when none. */
  readonly basis?: string;
  readonly method?: string;
  /** Last day on which the share is in force, YYYY-MM-DD. After it nothing leaves. */
  readonly until?: string;
}

export const updateCycles = [
  "realtime",
  "hourly",
  "daily",
  "weekly",
  "tenday",
  "monthly",
  "quarterly",
  "semiannual",
  "yearly",
  "irregular",
] as const;
export type UpdateCycle = (typeof updateCycles)[number];

export const itemTypes = [
  "string",
  "text",
  "integer",
  "decimal",
  "double",
  "date",
  "datetime",
  "time",
  "boolean",
  "binary",
  "json",
  "geometry",
] as const;
export type ItemType = (typeof itemTypes)[number];

export interface Item {
  readonly identifier: string;
  /** Chinese name, as in the catalog. */
  readonly name: string;
  readonly type: ItemType;
  readonly description?: string;
  /** Key items are required without saying so. */
  readonly required?: boolean;
  /** `high` and `medium` values are masked wherever a person or a log could see them. Default `low`. */
  readonly sensitivity?: "low" | "medium" | "high";
  /** `none`: the item never leaves the site. Default: as the resource. */
  readonly share?: "none";
  /** A national code table by name, `GB/T 2261.1`, or the codes themselves. */
  readonly codes?: string | readonly { readonly code: string; readonly name: string }[];
  /** A national format by name, `resident-id`. A wrong shape is refused; a wrong check digit is a finding. */
  readonly format?: string;
  /** Characters (code points), for string and text. */
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** Inclusive, for integer, decimal (as text) and double. */
  readonly minimum?: number | string;
  readonly maximum?: number | string;
  /** Digits in all and after the point, for decimal. */
  readonly precision?: number;
  readonly scale?: number;
  /** Fraction digits of the seconds, 0–9, for datetime and time. Default 0. */
  readonly fraction?: number;
  /** Coordinate system of a geometry. Default EPSG:4490 (CGCS2000). */
  readonly crs?: string;
}

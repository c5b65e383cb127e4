import { QianzhiError } from "@qianzhi/sdk";

/**
 * How one exchange wants its tables: an exchange profile, which is data. `docs/exchange-tables.md` explains each member;
 * the JSON Schema is `profileSchema`.
 */
export interface Profile {
  /** Name of the table of a resource; `{resource}` stands for its identifier. */
  readonly table: string;
  /** How identifiers of items and resources are written there. Default: as they are. */
  readonly case?: "lower" | "upper";
  /** Says which record a row is about: the same text in every row of one record. */
  readonly row?: TextColumn;
  readonly operation: TextColumn & {
    readonly insert: string;
    readonly update: string;
    readonly delete: string;
  };
  /** When the row was handed over. Without a format the column is a date and time, in whole seconds. */
  readonly time?: { readonly column: string; readonly format?: string };
  /** Names the batch: the first digits of its digest. */
  readonly batch?: TextColumn;
  /** Whose data it is: what the target's option `dataSource` says. */
  readonly source?: TextColumn;
  /** A number that the database gives each row; nothing is written to it. */
  readonly serial?: { readonly column: string };
  /** The mark that the consumer sets. */
  readonly consumed?: TextColumn & {
    readonly initial: string;
    /** The marks of a row that was fetched. */
    readonly done?: readonly string[];
  };
  readonly feedback?: Feedback;
  /** Tables and columns whose names follow no rule, by the identifier of the resource. */
  readonly resources?: Readonly<Record<string, Names>>;
}

/** The names that a resource has in the exchange. */
export interface Names {
  readonly table?: string;
  /** By the identifier of the item. */
  readonly columns?: Readonly<Record<string, string>>;
}

export interface TextColumn {
  readonly column: string;
  /** Characters. */
  readonly length: number;
}

/** The table in which the consumer says what it refuses; the members name its columns. */
export interface Feedback {
  readonly table: string;
  /** Identifies a row of the feedback. */
  readonly id: string;
  /** Holds the name of the table that the refused row stood in. */
  readonly about: string;
  readonly row: string;
  readonly batch: string;
  readonly code: string;
  readonly reason: string;
  /** A batch that has drawn no feedback for so long counts as accepted: `7d`. */
  readonly settle: string;
}

/** The name of a resource's table. */
export const tableOf = (profile: Profile, resource: string): string =>
  profile.resources?.[resource]?.table ??
  profile.table.replace("{resource}", inCase(profile, resource));

/** The name of an item's column. Throws QZ_TARGET_COLUMN_TWICE when it is one of the profile's own. */
export function columnOf(profile: Profile, resource: string, item: string): string {
  const name = profile.resources?.[resource]?.columns?.[item] ?? inCase(profile, item);
  if (systemColumns(profile).some((each) => each.toLowerCase() === name.toLowerCase()))
    throw new QianzhiError("QZ_TARGET_COLUMN_TWICE", { resource, item, column: name });
  return name;
}

const inCase = ({ case: wanted }: Profile, name: string): string =>
  wanted === "upper" ? name.toUpperCase() : wanted === "lower" ? name.toLowerCase() : name;

/** The columns that a profile adds to those of the items. */
export function systemColumns(profile: Profile): readonly string[] {
  const { row, operation, time, batch, source, serial, consumed } = profile;
  return [row, operation, time, batch, source, serial, consumed].flatMap((each) =>
    each === undefined ? [] : [each.column],
  );
}

/** The name of a batch in the exchange's tables: as many digits of its digest as its column has room for. */
export const batchNumber = ({ batch }: Profile, digest: string): string =>
  digest.slice(0, Math.min(batch?.length ?? digest.length, digest.length));

/** The receipt of a batch comes later when there is something to wait for. */
export const isAnsweredLater = ({ feedback, consumed }: Profile): boolean =>
  feedback !== undefined || consumed?.done !== undefined;

/** A duration as profiles write it, in milliseconds. */
export function durationMs(text: string): number {
  const [, count = "0", unit = "s"] = /^(\d+)(s|m|h|d)$/.exec(text) ?? [];
  return Number(count) * ({ s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? 0);
}

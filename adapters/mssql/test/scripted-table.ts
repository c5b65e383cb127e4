import type { Asked } from "./tds/requests.ts";
import type { Answer } from "./tds/scripted-server.ts";
import { table, texts } from "./scripted-source.ts";
import { kinds } from "./tds/tokens.ts";

/** A column as the catalog lists it: name, type, and what of it differs from a plain NOT NULL number. */
export interface CatalogColumn {
  readonly name: string;
  readonly type: string;
  readonly bytes?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly nullable?: boolean;
  readonly collation?: string;
  readonly codePage?: number;
  readonly comment?: string;
}

export interface CatalogTable {
  /** Default: person. */
  readonly name?: string;
  readonly view?: boolean;
  readonly columns: readonly CatalogColumn[];
  readonly key: readonly string[];
  readonly comment?: string;
  readonly rows?: number;
  /** What a synonym of this table stands for: server, database, schema, name. */
  readonly base?: readonly (string | null)[];
}

/** How sys.objects lists these tables and views. */
export const objects = (...listed: readonly CatalogTable[]): Answer =>
  table(
    [
      ["schema", kinds.nvarchar],
      ["name", kinds.nvarchar],
      ["type", kinds.nvarchar],
      ["comment", kinds.nvarchar],
      ["rows", kinds.bigint],
    ],
    listed.map(({ name = "person", view = false, comment, rows }) => [
      "dbo",
      name,
      view ? "V " : "U ",
      comment ?? null,
      rows ?? null,
    ]),
  );

export const empty: Answer = table([["none", kinds.int]], []);

/** Answers what the adapter asks of the catalog about one table; undefined for any other question. */
export function answerCatalog(described: CatalogTable, { sql }: Asked): Answer | undefined {
  if (sql.includes("sys.synonyms"))
    return described.base === undefined ? empty : texts(described.base);
  if (sql.includes("sys.objects")) return objects(described);
  if (sql.includes("sys.indexes"))
    return table(
      [
        ["name", kinds.nvarchar],
        ["unique", kinds.bit],
        ["primary", kinds.bit],
        ["column", kinds.nvarchar],
      ],
      described.key.map((name) => ["pk_person", 1, 1, name]),
    );
  if (!sql.includes("sys.columns")) return undefined;
  return table(
    [
      ["name", kinds.nvarchar],
      ["type", kinds.nvarchar],
      ["bytes", kinds.int],
      ["precision", kinds.int],
      ["scale", kinds.int],
      ["nullable", kinds.bit],
      ["collation", kinds.nvarchar],
      ["page", kinds.int],
      ["comment", kinds.nvarchar],
    ],
    described.columns.map((column) => [
      column.name,
      column.type,
      column.bytes ?? 4,
      column.precision ?? 0,
      column.scale ?? 0,
      column.nullable === true ? 1 : 0,
      column.collation ?? null,
      column.codePage ?? null,
      column.comment ?? null,
    ]),
  );
}

import { QianzhiError, type ErrorCode, type RawRow, type Source } from "@qianzhi/sdk";
import type { Column } from "@qianzhi/sdk";
import { decode } from "../charset/decode.ts";
import { suspicionOf, type Suspicion } from "../charset/suspicion.ts";
import type { PipelineConfig } from "../config/site-config.ts";
import { compileMapper } from "../pipeline/map.ts";
import type { Finding } from "./finding.ts";

/** Enough to show a charset that is declared wrongly, and soon read. */
const SAMPLE_ROWS = 200;

/**
 * Maps the first rows and says which items' texts look misread, damaged or private. Reading them also shows whether the
 * predicates are right, which are the source's own language.
 */
export async function checkTexts(
  config: PipelineConfig,
  columns: readonly Column[],
  source: Source,
  signal: AbortSignal,
): Promise<readonly Omit<Finding, "subject">[]> {
  const mapper = compileMapper(config, columns, { decode });
  const rows = await firstRows(config, mapper.columns, source, signal);
  const mapped = rows.map((row) => mapper.map(row));
  return config.map.flatMap(({ item, from }) => {
    if (!("column" in from)) return [];
    const counts = new Map<string, { count: number; suspicion: Suspicion }>();
    for (const { record, reasons } of mapped) {
      const lost = reasons?.some((each) => each.item === item && each.code === "QZ_TEXT_LOST");
      const text = record[item];
      const suspicion =
        lost === true
          ? ({ kind: "damaged" } as const)
          : typeof text === "string"
            ? suspicionOf(text)
            : undefined;
      if (suspicion === undefined) continue;
      const found = counts.get(JSON.stringify(suspicion)) ?? { count: 0, suspicion };
      found.count += 1;
      counts.set(JSON.stringify(suspicion), found);
    }
    return [...counts.values()].map(({ count, suspicion }) => ({
      severity: "warning" as const,
      error: new QianzhiError(codes[suspicion.kind], {
        column: from.column,
        count,
        rows: rows.length,
        ...(suspicion.kind === "misread" ? { charset: suspicion.charset } : {}),
      }),
    }));
  });
}

const codes: Readonly<Record<Suspicion["kind"], ErrorCode>> = {
  misread: "QZ_TEXT_MISREAD",
  damaged: "QZ_TEXT_DAMAGED",
  private: "QZ_TEXT_PRIVATE",
};

async function firstRows(
  { relation, mode, key, where, deletedWhen }: PipelineConfig,
  columns: ReturnType<typeof compileMapper>["columns"],
  source: Source,
  signal: AbortSignal,
): Promise<readonly RawRow[]> {
  // Mode replace orders by no key, which may be of any type.
  if (source.scan === undefined || mode === "replace") {
    for await (const { rows } of source.list?.(relation, columns, signal, where) ?? [])
      return rows.slice(0, SAMPLE_ROWS);
    return [];
  }
  const page = await source.scan(
    {
      relation,
      columns,
      order: key,
      pageRows: SAMPLE_ROWS,
      ...(where === undefined ? {} : { keptWhen: where }),
      ...(deletedWhen === undefined ? {} : { deletedWhen }),
    },
    signal,
  );
  return page.rows;
}

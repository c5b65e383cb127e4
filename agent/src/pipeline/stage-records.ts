import { DigestSum, QianzhiError, recordHash } from "@qianzhi/sdk";
import type { RawRow, ResourceDigest } from "@qianzhi/sdk";
import { listRows } from "./list-rows.ts";
import { collision, type RefusedRow } from "./page-changes.ts";
import type { PipelineRun } from "./pipeline-run.ts";
import type { StagedRow, StagedRows } from "./staged-rows.ts";

/** A relation's whole content as records, complete on the local disk. */
export interface StagedRecords {
  readonly rows: number;
  /** Of the records that may be sent. */
  readonly digest: ResourceDigest;
  readonly refused: readonly RefusedRow[];
  /** The texts of the records that may be sent. */
  texts(): Generator<string, void>;
}

/** Records read back from the disk at once. */
const TOGETHER = 1000;

/**
 * Lists a relation, maps and checks each row, and keeps the records on the local disk: nothing is known of a listing
 * before it has ended. Two rows with one record key refuse both; records without a key are kept as often as they come.
 */
export async function stageRecords(run: PipelineRun): Promise<StagedRecords> {
  const copy = await run.staging.begin();
  const digest = new DigestSum();
  const refusals = refusedRows(run);
  const contested = new Set<string>();
  let rows = 0;
  for await (const page of listRows(run)) {
    rows += page.length;
    run.counts.read += page.length;
    const fit = page.flatMap((row) => {
      const record = fitRecord(run, row, refusals.add);
      return record === undefined ? [] : [record];
    });
    for (const { key, text } of fit) digest.add(recordHash(key, text));
    const places = new Map<StagedRow, FitRecord>(fit.map((each) => [stagedRow(run, each), each]));
    for (const again of copy.add([...places.keys()])) {
      const { key, text, sourceKey } = places.get(again)!;
      digest.subtract(recordHash(key, text));
      refusals.add(collision(sourceKey, key, text));
      if (contested.has(key)) continue;
      contested.add(key);
      const first = storedRecord(copy.at(again.order!)!);
      digest.subtract(recordHash(key, first.text));
      refusals.add(collision(first.sourceKey, key, first.text));
    }
  }
  const contestedPlaces = new Set([...contested].map(run.keyed));
  return {
    rows,
    digest: digest.value(),
    refused: refusals.rows,
    *texts() {
      for (const staged of allRows(copy))
        if (
          staged.order === null ||
          !contestedPlaces.has(Buffer.from(staged.order).toString("hex"))
        )
          yield storedRecord(staged.text).text;
    },
  };
}

interface FitRecord {
  readonly sourceKey: string | null;
  readonly key: string;
  readonly text: string;
}

function fitRecord(
  run: PipelineRun,
  row: RawRow,
  refuse: (row: RefusedRow) => void,
): FitRecord | undefined {
  const sourceKey = run.sourceKey(row);
  const { key, text, reasons, record } = run.evaluate(row);
  if (key !== null && text !== null) return { sourceKey, key, text };
  refuse({ sourceKey, key, record: record ?? {}, reasons });
  return undefined;
}

/** Neither source keys nor records have a line feed in them. */
const stagedRow = (run: PipelineRun, { sourceKey, key, text }: FitRecord): StagedRow => ({
  order: run.config.resource.key.length === 0 ? null : Buffer.from(run.keyed(key), "hex"),
  text: `${sourceKey ?? ""}\n${text}`,
});

function storedRecord(stored: string): Omit<FitRecord, "key"> {
  const at = stored.indexOf("\n");
  return { sourceKey: at === 0 ? null : stored.slice(0, at), text: stored.slice(at + 1) };
}

/** Refused rows are kept in memory until the listing has ended: no more than the quarantine may hold. */
function refusedRows({ config: { name, maxQuarantined: limit } }: PipelineRun) {
  const rows: RefusedRow[] = [];
  return {
    rows,
    add(row: RefusedRow): void {
      if (rows.length >= limit)
        throw new QianzhiError("QZ_QUARANTINE_FULL", { pipeline: name, limit });
      rows.push(row);
    },
  };
}

function* allRows(copy: StagedRows): Generator<StagedRow, void> {
  for (let after = 0; ;) {
    const rows = copy.since(after, TOGETHER);
    yield* rows;
    if (rows.length < TOGETHER) return;
    after = rows.at(-1)!.n;
  }
}

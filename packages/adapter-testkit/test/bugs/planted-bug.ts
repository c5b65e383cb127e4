import type { RawRow, RawValue, ScanPage, ScanRequest, Source } from "@qianzhi/sdk";
import type { ConformanceHarness } from "../../src/index.ts";
import type { MemoryDatabase } from "../reference/memory-database.ts";

export interface Plot {
  readonly harness: ConformanceHarness;
  readonly database: MemoryDatabase;
  /** Run after the cases: what a bug leaves behind must not outlive its test. */
  readonly cleanUp: (() => void)[];
}

/** Something that adapters get wrong, planted into the reference adapter, and the cases that exist to catch it. */
export interface PlantedBug {
  readonly name: string;
  /** Words that are in the name of one case each. */
  readonly caughtBy: readonly string[];
  plant(plot: Plot): Partial<ConformanceHarness>;
}

/** The reference source with each optional method. */
export type Whole = Required<Source>;

type Change = (source: Whole, plot: Plot) => Partial<Source>;

/** A bug in the harness, or in how the source is opened. */
export const inHarness = (
  name: string,
  caughtBy: readonly string[],
  plant: PlantedBug["plant"],
): PlantedBug => ({ name, caughtBy, plant });

/** A bug in a method of the source. */
export const inSource = (
  name: string,
  caughtBy: readonly string[],
  change: Change,
): PlantedBug => ({
  name,
  caughtBy,
  plant: (plot) => ({
    async open(host) {
      const source = (await plot.harness.open(host)) as Whole;
      return { ...source, ...change(source, plot) };
    },
  }),
});

/** A bug in what is asked of `scan`, or in what it answers. */
export const inScan = (
  name: string,
  caughtBy: readonly string[],
  bend: {
    readonly request?: (request: ScanRequest) => ScanRequest;
    readonly page?: (page: ScanPage, request: ScanRequest) => ScanPage;
  },
): PlantedBug =>
  inSource(name, caughtBy, ({ scan }) => ({
    async scan(asked, signal) {
      const request = bend.request?.(asked) ?? asked;
      const page = await scan(request, signal);
      return bend.page?.(page, asked) ?? page;
    },
  }));

/** A bug in the values that are read. */
export const inValues = (
  name: string,
  caughtBy: readonly string[],
  bend: (value: RawValue, at: number) => RawValue,
): PlantedBug =>
  inScan(name, caughtBy, { page: (page) => ({ ...page, rows: mapped(page.rows, bend) }) });

export const mapped = (
  rows: readonly RawRow[],
  bend: (value: RawValue, at: number) => RawValue,
): readonly RawRow[] => rows.map((row) => row.map(bend));

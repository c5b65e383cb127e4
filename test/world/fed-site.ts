import assert from "node:assert/strict";
import { compareWithPlatform, readPipelineState, type PipelineState } from "@qianzhi/agent";
import { feedOf, feeding, type Beside, type Feeding } from "./feeding.ts";
import { legacySite, type LegacySite } from "./legacy-site.ts";
import { person } from "./person.ts";
import type { PipelineOptions } from "./site-config.ts";

/** Statements that fill the table of a fed site. */
export const rows = (count: number): string => `
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
  INSERT INTO rkxx (sfzh, xm, nl) SELECT 'p' || printf('%04d', i), '名' || (i % 90), i % 90 FROM n`;

export const fedTable = `CREATE TABLE rkxx (sfzh TEXT PRIMARY KEY, xm TEXT, nl INTEGER, zx INTEGER DEFAULT 0); ${feedOf("sfzh")}`;

/** A pipeline in mode native over a table of so many rows `p0001` …, and the platform. */
export interface FedSite {
  readonly legacy: LegacySite;
  readonly source: Feeding;
  exec(sql: string): void;
  /** Names at the platform by key. */
  names(): ReadonlyMap<unknown, unknown>;
  state(): PipelineState;
  /** Records that one run upserted at the platform, and deleted there. */
  moved(): Promise<readonly [upserts: number, deletes: number]>;
  /** The platform's copy is the source's, by digest. */
  assertEqual(): Promise<void>;
}

export async function fedSite(
  count: number,
  options: Partial<PipelineOptions> = {},
  beside: Beside = "scan",
): Promise<FedSite> {
  const source = feeding("sfzh", beside);
  const legacy = await legacySite(
    `${fedTable} ${rows(count)};`,
    {
      table: "rkxx",
      columns: { resident_id: "sfzh", name: "xm", age: "nl" },
      key: ["sfzh"],
      pageRows: 50,
      mode: "native",
      ...options,
    },
    person,
    source.adapter,
  );
  return fedThrough(source, legacy);
}

export function fedThrough(source: Feeding, legacy: LegacySite): FedSite {
  return {
    legacy,
    source,
    exec: (sql) => legacy.database.exec(sql),
    names: () => new Map(legacy.records().map(({ resident_id, name }) => [resident_id, name])),
    state: () => readPipelineState(legacy.site.store, "natural_person"),
    async moved() {
      const { accepted, deleted } = await legacy.run();
      return [accepted - deleted, deleted];
    },
    async assertEqual() {
      const runner = legacy.site.runners.get("natural_person");
      assert.ok(runner);
      const { differences, sourceRows, equal } = await runner.readAll(
        (run) => compareWithPlatform(run, legacy.site.target, runner.stream),
        new AbortController().signal,
      );
      assert.deepEqual([differences, equal], [[], sourceRows]);
    },
  };
}

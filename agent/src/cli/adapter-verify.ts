import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { QianzhiError, type Adapter, type AdapterHost, type Source } from "@qianzhi/sdk";
import { findAdapter, loadPackage, type AdapterPlaces } from "../adapters/find-adapter.ts";
import { findHarness, type HarnessProvider } from "../adapters/find-harness.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { isTextKey } from "./texts.ts";

interface VerifyOptions {
  readonly source?: string;
  readonly table?: string;
}

/** A result as @qianzhi/adapter-testkit tells it, which is found at run time. */
interface CaseResult {
  readonly group: string;
  readonly name: string;
  readonly protects: string;
  /** Absent from a testkit of an older version. */
  readonly zh?: { readonly name: string; readonly protects: string };
  readonly outcome: "passed" | "failed" | "left out";
  readonly reason?: string;
}
interface Running {
  readonly signal: AbortSignal;
  onResult(result: CaseResult): void;
}
interface SiteUnderTest {
  open(host: AdapterHost): Promise<Source>;
  readonly relation: { readonly table: readonly string[] };
}
interface Testkit {
  verifyAdapter(harness: object, running: Running): Promise<readonly CaseResult[]>;
  verifySource(site: SiteUnderTest, running: Running): Promise<readonly CaseResult[]>;
}

/**
 * `qianzhi adapter verify ADAPTER`: the whole suite where the adapter comes with a harness; with --source and --table
 * the cases that only read, against a configured source.
 */
export async function verifyAdapter(
  invocation: Invocation,
  { source, table }: VerifyOptions,
  name: string,
): Promise<ExitCode> {
  const { text, say, directory, signal } = invocation;
  await using cache = await scratchFolder();
  const places: AdapterPlaces = { from: directory, cache: cache.folder };
  const adapter = await findAdapter(name, places);
  const harness = await findHarness(name, places);
  const testkit = await loadTestkit(invocation);
  if ((source === undefined) !== (table === undefined))
    throw new QianzhiError("QZ_USAGE", { problem: text("adapter.verify.both") });
  const card = reportCard(invocation);
  const running = { signal, onResult: card.take };
  if (source !== undefined && table !== undefined) {
    say(text("adapter.verify.site", { name, source, table }));
    await testkit.verifySource(await siteOf(invocation, adapter, { source, table }), running);
  } else if (harness !== undefined) {
    say(text("adapter.verify.suite", { name, kind: adapter.kind }));
    await runSuite(testkit, { name, provide: harness }, invocation, running);
  } else
    throw new QianzhiError("QZ_USAGE", { problem: text("adapter.verify.noHarness", { name }) });
  // What the adapter left open, the card says; it must not keep the command from its end.
  setTimeout(() => process.exit(), LINGER_MS).unref();
  return card.end(adapter, source === undefined ? "harness" : "source");
}

/** The report has long been written when this has passed. */
const LINGER_MS = 1_000;

/** Where an archive is unpacked while it is looked at. */
async function scratchFolder(): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "qianzhi-adapter-"));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function loadTestkit({ directory, text }: Invocation): Promise<Testkit> {
  const module = await loadPackage("@qianzhi/adapter-testkit", directory);
  if (module === undefined)
    throw new QianzhiError("QZ_USAGE", { problem: text("adapter.verify.noTestkit") });
  return module as unknown as Testkit;
}

async function runSuite(
  testkit: Testkit,
  { name, provide }: { readonly name: string; readonly provide: HarnessProvider },
  { environment, text }: Invocation,
  running: Running,
): Promise<void> {
  await using harness = await provide(environment).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new QianzhiError("QZ_USAGE", {
      problem: text("adapter.verify.notProvided", { name, reason }),
    });
  });
  await testkit.verifyAdapter(harness, running);
}

/** The adapter over the options of a configured source. */
async function siteOf(
  invocation: Invocation,
  adapter: Adapter,
  { source, table }: Required<VerifyOptions>,
): Promise<SiteUnderTest> {
  const { sources } = await invocation.loadConfig();
  const config = sources.get(source);
  if (config === undefined)
    throw new QianzhiError("QZ_USAGE", {
      problem: invocation.text("adapter.verify.unknownSource", { source }),
    });
  return {
    relation: { table: table.split(".") },
    open: (host) => adapter.open(config.options, { ...host, source }),
  };
}

interface ReportCard {
  readonly take: (result: CaseResult) => void;
  /** Says the sum, answers with the JSON document, and gives the exit code. */
  end(adapter: Adapter, against: string): ExitCode;
}

/** Says each group when the next one begins. */
function reportCard({ text, say, answer, language }: Invocation): ReportCard {
  const results: CaseResult[] = [];
  const groups = (): readonly string[] => [...new Set(results.map(({ group }) => group))];
  const count = (outcome: CaseResult["outcome"], of: readonly CaseResult[]): number =>
    of.filter((each) => each.outcome === outcome).length;
  const sum = (of: readonly CaseResult[]) => ({
    passed: count("passed", of),
    failed: count("failed", of),
    leftOut: count("left out", of),
  });
  const inGroup = (group: string) => results.filter((each) => each.group === group);
  const sayGroup = (group: string): void => {
    const own = inGroup(group);
    const key = `adapter.group.${group}`;
    const title = isTextKey(key) ? text(key) : group;
    say(text("adapter.verify.group", { group: title, ...sum(own) }));
    for (const each of own) {
      const { outcome, reason = "" } = each;
      const { name, protects } = (language === "zh" ? each.zh : undefined) ?? each;
      if (outcome !== "failed") continue;
      say(text("adapter.verify.failed", { name }));
      say(text("adapter.verify.protects", { protects }));
      for (const line of reason.split("\n")) say(`        ${line}`);
    }
    const reasons = own.flatMap(({ outcome, reason }) => (outcome === "left out" ? [reason] : []));
    for (const reason of new Set(reasons))
      say(
        text("adapter.verify.leftOut", {
          reason,
          count: reasons.filter((each) => each === reason).length,
        }),
      );
  };
  return {
    take(result) {
      const last = results.at(-1)?.group;
      if (last !== undefined && last !== result.group) sayGroup(last);
      results.push(result);
    },
    end({ kind, contract }, against) {
      const last = results.at(-1)?.group;
      if (last !== undefined) sayGroup(last);
      const all = sum(results);
      say(text("adapter.verify.sum", all));
      const ok = all.failed === 0 && all.passed > 0;
      answer({
        ok,
        adapter: { kind, contract },
        against,
        ...all,
        groups: groups().map((group) => ({ group, ...sum(inGroup(group)) })),
        cases: results,
      });
      return ok ? 0 : 1;
    },
  };
}

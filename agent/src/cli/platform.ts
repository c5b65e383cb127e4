import { QianzhiError } from "@qianzhi/sdk";
import type { Command } from "commander";
import { loadPackage } from "../adapters/find-adapter.ts";
import type { Cli } from "./cli.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { wholeNumber } from "./whole-number.ts";

interface VerifyOptions {
  readonly token?: string;
  readonly level: number;
}

interface CaseResult {
  readonly name: string;
  /** Absent from a sandbox of an older version. */
  readonly zh?: { readonly name: string; readonly reason?: string };
  readonly level: number;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly reason?: string;
}
type VerifyPlatform = (options: {
  readonly url: string;
  readonly enrolmentToken: string | undefined;
  readonly level: number;
  readonly signal: AbortSignal;
}) => Promise<readonly CaseResult[]>;

/** `qianzhi platform verify URL`: the cases come with @qianzhi/sandbox, which is found at run time. */
export function platformCommand(program: Command, cli: Cli): void {
  const group = program.command("platform").description(cli.text("platform"));
  group
    .command("verify")
    .description(cli.text("platform.verify"))
    .argument("<url>", cli.text("platform.verify.url"))
    .option("--token <token>", cli.text("platform.verify.token"))
    .option("--level <level>", cli.text("platform.verify.level"), wholeNumber(cli, 1, 3), 3)
    .action(cli.action(verify));
}

async function verify(
  invocation: Invocation,
  { token, level }: VerifyOptions,
  url: string,
): Promise<ExitCode> {
  const { text, say, language } = invocation;
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ""))
    throw new QianzhiError("QZ_USAGE", { problem: text("usage.invalidArgument", { name: url }) });
  const module = await loadPackage("@qianzhi/sandbox", invocation.directory);
  if (module === undefined)
    throw new QianzhiError("QZ_USAGE", { problem: text("sandbox.missing") });
  if (typeof module["verifyPlatform"] !== "function")
    throw new QianzhiError("QZ_USAGE", { problem: text("sandbox.noCases") });
  const results = await (module["verifyPlatform"] as VerifyPlatform)({
    url,
    level,
    signal: invocation.signal,
    enrolmentToken: token ?? invocation.environment["QIANZHI_ENROLMENT_TOKEN"],
  });
  for (const result of results) {
    const { outcome } = result;
    const { name, reason = "" } = { ...result, ...(language === "zh" ? result.zh : {}) };
    say(text(`platform.verify.${outcome}`, { name, reason }));
    if (outcome === "failed") say(`        ${reason}`);
  }
  const count = (outcome: CaseResult["outcome"]): number =>
    results.filter((each) => each.outcome === outcome).length;
  say(
    text("platform.verify.sum", {
      passed: count("passed"),
      failed: count("failed"),
      skipped: count("skipped"),
    }),
  );
  const ok = count("failed") === 0 && count("passed") > 0;
  invocation.answer({ ok, cases: results });
  return ok ? 0 : 1;
}

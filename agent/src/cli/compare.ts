import { userInfo } from "node:os";
import { describeError, QianzhiError } from "@qianzhi/sdk";
import type { Item } from "@qianzhi/sdk";
import type { Command } from "commander";
import { maskedKey, wholeKey } from "../pipeline/masked-key.ts";
import { compareWithPlatform, type Comparison } from "../reconcile/compare.ts";
import { digestThere } from "../reconcile/digest-there.ts";
import { refusalsOf } from "../reconcile/refusals.ts";
import type { PipelineRunner } from "../run/pipeline-runner.ts";
import type { Site } from "../run/site.ts";
import type { Cli } from "./cli.ts";
import { isSameDigest } from "./digest-line.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { namedPipelines } from "./named-pipelines.ts";
import { errorDocument, errorText } from "./print-error.ts";
import { reasonLine } from "./reasons.ts";
import { sayComparison, type Wording } from "./say-comparison.ts";
import { sayProof } from "./say-proof.ts";
import { withSiteToLookAt } from "./open-configured-site.ts";
import { wholeNumber } from "./whole-number.ts";

/** `qianzhi compare [PIPELINE…]`: the proof, by key and by digest. */
export function compareCommand(program: Command, cli: Cli): void {
  program
    .command("compare")
    .description(cli.text("compare"))
    .argument("[pipelines...]", cli.text("pipelines"))
    .option("--limit <count>", cli.text("quarantine.limit"), wholeNumber(cli, 1, 100_000), 20)
    .option("--values", cli.text("compare.values"))
    .action(
      cli.action(
        (
          invocation: Invocation,
          { limit, values = false }: { readonly limit: number; readonly values?: boolean },
          names: readonly string[],
        ) =>
          withSiteToLookAt(invocation, async (site): Promise<ExitCode> => {
            const results = [];
            for (const runner of namedPipelines(site, names, invocation))
              results.push(await compareOne(invocation, site, runner, { limit, values }));
            sayProof(invocation, site.store);
            const ok = results.every((each) => each.ok);
            invocation.answer({ ok, pipelines: results });
            return ok ? 0 : 1;
          }),
      ),
    );
}

interface Wishes {
  readonly limit: number;
  readonly values: boolean;
}

/** What keeps one pipeline from being compared is said of it, and the others are compared all the same. */
async function compareOne(
  invocation: Invocation,
  site: Site,
  runner: PipelineRunner,
  { limit, values }: Wishes,
): Promise<{ readonly ok: boolean; readonly name: string }> {
  const { name: pipeline, resource } = runner.config;
  let comparison: Comparison;
  try {
    const denied = runner.denied();
    if (denied !== undefined) return await compareWithheld(invocation, site, runner, denied);
    comparison = await runner.readAll(
      (run) =>
        compareWithPlatform(run, site.target, runner.stream, refusalsOf(site.outbox, pipeline)),
      invocation.signal,
    );
    if (comparison.bucketsLeft > 0)
      throw new QianzhiError("QZ_RECONCILE_TOO_FAR", { pipeline, buckets: comparison.bucketsLeft });
  } catch (error) {
    if (invocation.signal.aborted) throw error;
    invocation.say(`${pipeline}: ${errorText(error, invocation.language, invocation.directory)}`);
    const failed = errorDocument(error, invocation.language);
    return { ...failed, ok: false, name: pipeline };
  }
  if (values)
    site.outbox.ledger.append("keys-shown", {
      pipeline,
      keys: comparison.differences.length,
      by: userInfo().username,
    });
  const inWords = wording(invocation, resource.items, values);
  sayComparison(invocation, pipeline, comparison, { inWords, limit });
  return document(runner, comparison, inWords);
}

/** What may not be shared is equal when the platform has nothing of it. */
async function compareWithheld(
  { say, text, language, directory, signal }: Invocation,
  { target }: Site,
  { config, stream }: PipelineRunner,
  denied: QianzhiError,
) {
  const { count, epoch, sequence } = await digestThere(target, stream, undefined, signal);
  say(`${config.name}: ${errorText(denied, language, directory)}`);
  say(text(count === 0 ? "compare.withdrawn" : "compare.notWithdrawn", { count }));
  return {
    ok: count === 0,
    name: config.name,
    resource: config.resource.identifier,
    withheld: describeError(denied, language),
    platformRecords: count,
    asOf: { epoch, sequence },
  };
}

/** Refused rows are expected differences: they are named. Everything else should be equal. */
const explained = ({ source, platform, differences }: Comparison): boolean =>
  isSameDigest(source, platform) && differences.every(({ kind }) => kind === "refused");

function document({ config }: PipelineRunner, comparison: Comparison, inWords: Wording) {
  const { sourceRows, equal, differences, source, platform, asOf } = comparison;
  return {
    ok: explained(comparison),
    name: config.name,
    resource: config.resource.identifier,
    sourceRows,
    equal,
    differences: differences.map((difference) => ({
      ...inWords(difference),
      kind: difference.kind,
    })),
    digest: { source, platform },
    asOf,
  };
}

/** @param values Keys whole, for the person who has to find the rows. */
const wording =
  ({ language, text }: Invocation, items: readonly Item[], values: boolean): Wording =>
  ({ key, kind, reasons }) => ({
    key: key === null ? "?" : values ? wholeKey(key) : maskedKey(key, items),
    kind: text(`compare.kind.${kind}`),
    reasons: reasonLine(language, reasons, items),
  });

import { retryDelay } from "@qianzhi/exchange";
import { describeError, QianzhiError } from "@qianzhi/sdk";
import type { Command } from "commander";
import { runOnce, type PipelineReport } from "../run/run-once.ts";
import { runSite } from "../run/run-site.ts";
import type { Site } from "../run/site.ts";
import { servePage, type ServedPage } from "../page/serve-page.ts";
import type { Cli } from "./cli.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { namedPipelines } from "./named-pipelines.ts";
import { withSite } from "./open-configured-site.ts";
import { showProgress } from "./show-progress.ts";

interface RunOptions {
  readonly once?: boolean;
  readonly takeOver?: boolean;
}

/** `qianzhi run`, `qianzhi run --once [PIPELINE…]` */
export function runCommand(program: Command, cli: Cli): void {
  program
    .command("run")
    .description(cli.text("run"))
    .argument("[pipelines...]", cli.text("pipelines"))
    .option("--once", cli.text("run.once"))
    .option("--take-over", cli.text("run.takeOver"))
    .action(
      cli.action(
        (
          invocation: Invocation,
          { once, takeOver = false }: RunOptions,
          names: readonly string[],
        ) =>
          throughDamage(invocation, once === true ? 1 : Infinity, (damage) =>
            withSite(invocation, { lock: true, takeOver, damage }, (site) =>
              once === true ? runAndDrain(site, names, invocation) : keep(site, names, invocation),
            ),
          ),
      ),
    );
}

/**
 * Begins again with what was damaged kept aside, at once for the first time. A disk that goes on damaging what is written to
 * it has everything read again and again: from the second time on the agent rests as the error's pace says.
 */
async function throughDamage<T>(
  { world, signal }: Invocation,
  most: number,
  work: (damage: QianzhiError | undefined) => Promise<T>,
): Promise<T> {
  let damage: QianzhiError | undefined;
  for (let found = 0; ; found += 1) {
    if (damage !== undefined && found > 1)
      await world.timers.sleep(retryDelay(damage, found, world.random.fraction()), signal);
    try {
      return await work(damage);
    } catch (error) {
      const isDamage = QianzhiError.is(error) && error.code === "QZ_STORE_CORRUPT";
      if (!isDamage || found >= most || signal.aborted) throw error;
      damage = error;
    }
  }
}

async function runAndDrain(
  site: Site,
  names: readonly string[],
  invocation: Invocation,
): Promise<ExitCode> {
  const runners = namedPipelines(site, names, invocation);
  const progress = showProgress(invocation);
  const reports = await runOnce(site, runners, {
    signal: invocation.signal,
    watch: progress.watch,
  });
  await progress.end();
  const ok =
    reports.every(({ error, alarms }) => error === undefined && alarms === undefined) &&
    !invocation.signal.aborted;
  for (const report of reports) sayReport(invocation, report);
  invocation.answer({
    ok,
    pipelines: reports.map(({ error, alarms, ...report }) => ({
      ...report,
      ...(error === undefined ? {} : { error: describeError(error, invocation.language) }),
      ...(alarms === undefined
        ? {}
        : { alarms: alarms.map((alarm) => describeError(alarm, invocation.language)) }),
    })),
  });
  return ok ? 0 : 1;
}

function sayReport(
  { say, text, language }: Invocation,
  { error, alarms = [], ...report }: PipelineReport,
): void {
  say(text(report.paused === true ? "run.once.paused" : "run.once.line", { ...report }));
  if (report.handedOver !== undefined) say(text("run.once.handedOver", { ...report }));
  for (const each of error === undefined ? alarms : [error, ...alarms]) {
    const { code, message, hint, original } = describeError(each, language);
    say(`  ${code} ${message}`);
    say(text("hint", { hint }));
    if (original !== undefined) say(text("original", { original }));
  }
}

async function keep(
  site: Site,
  names: readonly string[],
  invocation: Invocation,
): Promise<ExitCode> {
  const runners = namedPipelines(site, names, invocation);
  invocation.say(
    invocation.text("run.started", {
      pipelines: runners.length,
      url: site.config.platform?.url ?? site.config.target?.kind,
    }),
  );
  const page = await openPage(site, invocation);
  try {
    await runSite(site, runners, invocation.signal);
  } finally {
    await page?.close();
  }
  const { batches } = site.outbox.waiting();
  invocation.say(invocation.text("run.stopped", { batches }));
  invocation.answer({ ok: true, waitingBatches: batches });
  return 0;
}

/** The page is for people: an agent whose page cannot be opened goes on without it. */
async function openPage(
  site: Site,
  { language, world, say, text }: Invocation,
): Promise<ServedPage | undefined> {
  if (site.config.page === undefined) return undefined;
  try {
    const page = await servePage(site, site.config.page, site.config.language ?? language);
    say(text("run.page", { url: page.url }));
    return page;
  } catch (error) {
    world.log.error("no page", { error });
    return undefined;
  }
}

import { describeError } from "@qianzhi/sdk";
import type { Command } from "commander";
import { checkDirectory } from "../check/check-directory.ts";
import { checkSite } from "../check/check-site.ts";
import type { Finding } from "../check/finding.ts";
import type { Cli } from "./cli.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { withSiteToLookAt } from "./open-configured-site.ts";
import { isTextKey } from "./texts.ts";

/** `qianzhi check` */
export function checkCommand(program: Command, cli: Cli): void {
  program
    .command("check")
    .description(cli.text("check"))
    .action(
      cli.action((invocation: Invocation) =>
        withSiteToLookAt(invocation, async (site, dataDirectory): Promise<ExitCode> => {
          const findings = [
            ...(await checkDirectory(dataDirectory)),
            ...(await checkSite(site, site.today(), invocation.signal)),
          ];
          const count = (severity: Finding["severity"]): number =>
            findings.filter((each) => each.severity === severity).length;
          const problems = count("problem");
          // What is to be mended stands last, where a terminal shows it, and not among notes on fifty pipelines.
          for (const severity of ["note", "warning", "problem"] as const)
            for (const each of findings)
              if (each.severity === severity) sayFinding(invocation, each);
          const { pipelines, sources } = site.config;
          invocation.say(
            findings.every(({ severity }) => severity === "note")
              ? invocation.text("check.ok", { pipelines: pipelines.length, sources: sources.size })
              : invocation.text("check.sum", { problems, warnings: count("warning") }),
          );
          invocation.answer({
            ok: problems === 0,
            findings: findings.map(({ severity, subject, error }) => ({
              severity,
              subject,
              ...describeError(error, invocation.language),
            })),
          });
          return problems === 0 ? 0 : 1;
        }),
      ),
    );
}

function sayFinding(
  { language, say, text }: Invocation,
  { severity, subject, error }: Finding,
): void {
  const { code, message, hint, original } = describeError(error, language);
  const [kind = "", name = ""] = subject.split(" ");
  const key = `check.subject.${kind}`;
  const about = isTextKey(key) ? text(key, { name }) : subject;
  say(`${text(`check.${severity}`)}  ${about}: ${code} ${message}`);
  say(text("hint", { hint }));
  if (original !== undefined) say(text("original", { original }));
}

import { stat } from "node:fs/promises";
import { QianzhiError } from "@qianzhi/sdk";
import type { Command } from "commander";
import { loadPackage } from "../adapters/find-adapter.ts";
import type { SiteConfig } from "../config/site-config.ts";
import type { Cli } from "./cli.ts";
import type { ExitCode, Invocation } from "./invocation.ts";
import { publicKeyText } from "./open-configured-site.ts";
import { wholeNumber } from "./whole-number.ts";

interface SandboxCommandOptions {
  readonly host: string;
  readonly port: number;
  readonly directory?: string;
  readonly token?: string;
  readonly bare?: boolean;
}

/** What the command uses of @qianzhi/sandbox, which is found at run time. */
interface StartedSandbox {
  readonly url: string;
  readonly enrolmentToken: string;
  readonly platform: {
    readonly catalog: { publish(text: string): unknown };
    readonly sites: {
      registerKey(key: {
        readonly site: string;
        readonly keyId: string;
        readonly publicKey: Uint8Array;
      }): void;
      grant(site: string, resource: string): void;
    };
  };
  close(): Promise<void>;
}
/** What the system says of an address that is taken, not this machine's, or reserved for root. */
const unlistenable: ReadonlySet<string> = new Set(["EADDRINUSE", "EADDRNOTAVAIL", "EACCES"]);

type StartSandbox = (options: Readonly<Record<string, unknown>>) => Promise<StartedSandbox>;

/** `qianzhi sandbox`: with a configuration beside it, its site is registered and its resources are published. */
export function sandboxCommand(program: Command, cli: Cli): void {
  program
    .command("sandbox")
    .description(cli.text("sandbox"))
    .option("--host <host>", cli.text("sandbox.host"), "127.0.0.1")
    .option("--port <port>", cli.text("sandbox.port"), wholeNumber(cli, 0, 65_535), 8787)
    .option("--directory <directory>", cli.text("sandbox.directory"))
    .option("--token <token>", cli.text("sandbox.token"))
    .option("--bare", cli.text("sandbox.bare"))
    .action(cli.action(sandbox));
}

async function sandbox(invocation: Invocation, options: SandboxCommandOptions): Promise<ExitCode> {
  const { text, say, signal } = invocation;
  const config = options.bare === true ? undefined : await configBeside(invocation);
  const module = await loadPackage("@qianzhi/sandbox", invocation.directory);
  if (module === undefined)
    throw new QianzhiError("QZ_USAGE", { problem: text("sandbox.missing") });
  const { host, port } = options;
  const started = await (module["startSandbox"] as StartSandbox)({
    host,
    port,
    ...(options.directory === undefined ? {} : { directory: options.directory }),
    ...(options.token === undefined ? {} : { enrolmentToken: options.token }),
  }).catch((error: NodeJS.ErrnoException) => {
    const isHere = error.code !== undefined && unlistenable.has(error.code);
    if (!isHere) throw error;
    throw new QianzhiError("QZ_USAGE", {
      problem: text("sandbox.unlistenable", { address: `${host}:${port}`, reason: error.code }),
    });
  });
  try {
    say(text("sandbox.ready", { url: started.url }));
    say(text("sandbox.token.is", { token: started.enrolmentToken }));
    if (config !== undefined) enrol(started, config, invocation);
    say(text("sandbox.stop"));
    invocation.answer({ ok: true, url: started.url, enrolmentToken: started.enrolmentToken });
    if (!signal.aborted)
      await new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve(), { once: true }),
      );
  } finally {
    await started.close();
  }
  return 0;
}

async function configBeside(invocation: Invocation): Promise<SiteConfig | undefined> {
  const there = await stat(invocation.configFile).catch(() => undefined);
  return there === undefined ? undefined : invocation.loadConfig();
}

function enrol({ platform }: StartedSandbox, config: SiteConfig, { text, say }: Invocation): void {
  if (config.platform === undefined)
    throw new QianzhiError("QZ_TARGET_TABLES", { operation: "sandbox" });
  const { keyId, privateKey } = config.platform;
  platform.sites.registerKey({
    site: config.site,
    keyId,
    publicKey: Buffer.from(publicKeyText(privateKey), "base64"),
  });
  for (const [identifier, descriptor] of config.resources) {
    platform.catalog.publish(JSON.stringify(descriptor));
    platform.sites.grant(config.site, identifier);
  }
  say(text("sandbox.enrolled", { site: config.site, count: config.resources.size }));
}

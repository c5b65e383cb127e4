import assert from "node:assert/strict";
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from "node:crypto";
import { QianzhiError } from "@qianzhi/sdk";
import { realWorld, type RealWorld } from "../server/real-world.ts";
import { createClient, type Client } from "./client.ts";
import { namesZh } from "./names-zh.ts";
import type { CaseBench, PlatformCase } from "./platform-case.ts";
import { platformCases } from "./platform-cases.ts";
import { VerificationStream } from "./stream.ts";
import { verificationResource } from "./verification-resource.ts";

export interface VerifyOptions {
  readonly url: string;
  /** With it the site, its key, the grant and the verification resource are set up, and revoked afterwards. */
  readonly enrolmentToken?: string | undefined;
  /** Without a token: a site that may write the resource `qianzhi_verification`, and its key (Ed25519, PKCS#8 PEM). */
  readonly identity?:
    | { readonly site: string; readonly keyId: string; readonly privateKey: string }
    | undefined;
  /** Cases of higher levels are not run. Default 3, or what the platform offers. */
  readonly level?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly world?: RealWorld | undefined;
}

export interface CaseResult {
  readonly name: string;
  /** The same in Chinese, and why it was not tried. What was found instead is told as the platform said it. */
  readonly zh: { readonly name: string; readonly reason?: string };
  readonly level: 1 | 2 | 3;
  readonly outcome: "passed" | "failed" | "skipped";
  /** What was found instead, or what is missing. */
  readonly reason?: string;
}

interface Identity {
  readonly site: string;
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

/**
 * Runs the conformance cases against a platform, one after the other, each on a stream of its own whose records are
 * deleted afterwards. Throws QZ_PLATFORM_UNREACHABLE when nothing answers, QZ_PROTOCOL when something else does,
 * QZ_TOKEN_INVALID when the token is not accepted, QZ_CANCELLED on the signal.
 */
export async function verifyPlatform(options: VerifyOptions): Promise<readonly CaseResult[]> {
  const { url, enrolmentToken, identity: given, signal, world = realWorld } = options;
  const identity =
    given === undefined
      ? {
          site: "qianzhi-verify",
          keyId: randomBytes(4).toString("hex"),
          privateKey: generateKeyPairSync("ed25519").privateKey,
        }
      : { ...given, privateKey: createPrivateKey(given.privateKey) };
  let aheadSeconds = 0;
  const now = (): number => Math.floor(world.clock.now() / 1000) + aheadSeconds;
  const client = createClient({ url, ...identity, enrolmentToken, now, signal });
  const service = await readService(client);
  // Cases about time are about the platform's own; whether this machine's clock is right is another question.
  aheadSeconds = Math.round(Date.parse(service.now) / 1000) - now();
  if (enrolmentToken !== undefined) await enrol(client, identity);
  const has = {
    nothing: true,
    key: enrolmentToken !== undefined || given !== undefined,
    token: enrolmentToken !== undefined,
  };
  const results: CaseResult[] = [];
  for (const each of platformCases.filter(({ level }) => level <= (options.level ?? 3))) {
    if (signal?.aborted === true)
      throw new QianzhiError("QZ_CANCELLED", { operation: "platform verify" });
    const missing = !service.levels.includes(each.level)
      ? ([
          `the platform does not offer level ${each.level}`,
          `平台不提供第 ${each.level} 级`,
        ] as const)
      : each.generations === true && !service.generations
        ? noGenerations
        : has[each.needs]
          ? undefined
          : missingTexts[each.needs];
    results.push(
      missing === undefined
        ? await runCase(each, { client, now, world, site: identity.site })
        : { ...words(each, missing[1]), outcome: "skipped", reason: missing[0] },
    );
  }
  // What was found is worth telling, also of a platform that broke down over it.
  if (enrolmentToken !== undefined)
    await client(`/v1/sites/${identity.site}/keys/${identity.keyId}`, {
      method: "DELETE",
      as: "operator",
    }).catch(() => undefined);
  return results;
}

const noGenerations = ["the platform does not offer generations", "平台不提供换代"] as const;

const missingTexts = {
  nothing: undefined,
  key: [
    "it needs the enrolment token, or a site's registered key",
    "需要注册令牌或接入点已登记的密钥",
  ],
  token: ["it needs the enrolment token", "需要注册令牌"],
} as const;

const words = ({ name, level }: PlatformCase, reasonZh?: string) => ({
  name,
  zh: { name: namesZh[name] ?? name, ...(reasonZh === undefined ? {} : { reason: reasonZh }) },
  level,
});

async function readService(client: Client): Promise<{
  readonly levels: readonly number[];
  readonly now: string;
  readonly generations: boolean;
}> {
  const answer = await client("/v1", { as: "anyone" });
  const { levels, now } = answer.json;
  if (
    answer.status !== 200 ||
    !Array.isArray(levels) ||
    typeof now !== "string" ||
    Number.isNaN(Date.parse(now))
  ) {
    throw new QianzhiError("QZ_PROTOCOL", {
      problem: `GET /v1 answers ${answer.status} without levels and now`,
    });
  }
  return {
    levels: levels as readonly number[],
    now,
    generations: answer.json["generations"] === true,
  };
}

async function enrol(client: Client, { site, keyId, privateKey }: Identity): Promise<void> {
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  const { identifier, version } = verificationResource;
  const publicKey = Buffer.from(x!, "base64url").toString("base64");
  const steps: readonly (readonly [string, object | undefined])[] = [
    [`/v1/sites/${site}/keys/${keyId}`, { publicKey }],
    [`/v1/catalog/${identifier}/versions/${version}`, verificationResource],
    [`/v1/sites/${site}/grants/${identifier}`, undefined],
  ];
  for (const [path, body] of steps) {
    const { status, text } = await client(path, {
      method: "PUT",
      as: "operator",
      ...(body === undefined ? {} : { body }),
    });
    if (status === 401) throw new QianzhiError("QZ_TOKEN_INVALID");
    // A platform of level 1 has no catalog to publish to; its operator put the resource there.
    const optional = path.startsWith("/v1/catalog/") && status === 404;
    if (status >= 300 && !optional)
      throw new QianzhiError("QZ_PROTOCOL", {
        problem: `PUT ${path} answers ${status} ${text.slice(0, 200)}`,
      });
  }
}

interface CaseSurroundings {
  readonly client: Client;
  readonly now: () => number;
  readonly world: RealWorld;
  readonly site: string;
}

async function runCase(
  each: PlatformCase,
  { client, now, world, site }: CaseSurroundings,
): Promise<CaseResult> {
  const streams: VerificationStream[] = [];
  const unopened = (resource = verificationResource): VerificationStream => {
    const pipeline = `verify-${randomBytes(6).toString("hex")}`;
    const { timers } = world;
    const made = new VerificationStream({ client, timers, site, pipeline, resource });
    streams.push(made);
    return made;
  };
  const bench: CaseBench = {
    client,
    now,
    site,
    unopened,
    async stream(resource) {
      const made = unopened(resource);
      await made.open();
      return made;
    },
  };
  const clear = async (): Promise<void> => {
    for (const stream of streams) await stream.clear();
  };
  try {
    await each.run(bench);
    await clear();
    return { ...words(each), outcome: "passed" };
  } catch (error) {
    // A platform that fails a case may fail to clear up after it, too; the case is what there is to say.
    await clear().catch(() => undefined);
    return { ...words(each), outcome: "failed", reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const compared =
    error instanceof assert.AssertionError && error.operator !== "==" && error.operator !== "fail";
  const { actual, expected } = compared ? error : { actual: undefined, expected: undefined };
  const found =
    actual === undefined
      ? ""
      : ` (found ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)})`;
  return `${error.message.split("\n")[0]}${found}`.slice(0, 500);
}

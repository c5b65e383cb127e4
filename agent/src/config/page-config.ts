import type { FileProblems } from "@qianzhi/sdk";
import type { SecretReader } from "./secrets.ts";
import { group, secret, text } from "./schema-words.ts";

/** The page of the agent, as configured. */
export interface PageConfig {
  readonly host: string;
  readonly port: number;
  /** Asked for with HTTP Basic, for any user name. */
  readonly password?: string;
  /** PEM texts. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

export interface RawPage {
  readonly listen: string;
  readonly password?: unknown;
  readonly certificate?: unknown;
  readonly key?: unknown;
}

/** Shorter ones are found out by trying. */
const LEAST_PASSWORD = 12;

export const pageSchema = group(
  {
    listen: text(["Address and port, `127.0.0.1:8470`.", "地址和端口，如 `127.0.0.1:8470`。"], {
      default: "127.0.0.1:8470",
      pattern: "^(\\[[0-9A-Fa-f:]+\\]|[A-Za-z0-9.-]+):[0-9]{1,5}$",
      expects: [
        "must be an address and a port, 127.0.0.1:8470",
        "应为地址和端口，如 127.0.0.1:8470",
      ],
    }),
    password: secret([
      `At least ${LEAST_PASSWORD} characters; needed off this machine.`,
      `至少 ${LEAST_PASSWORD} 个字符；从其他机器访问时必须设置。`,
    ]),
    certificate: secret([
      "Certificate, PEM; needed off this machine.",
      "证书（PEM）；从其他机器访问时必须设置。",
    ]),
    key: secret(["Its private key, PEM.", "其私钥（PEM）。"]),
  },
  [],
  [
    "The agent's own page, with `/healthz`, `/readyz` and `/metrics`. Absent: none.",
    "代理自带的页面，以及 `/healthz`、`/readyz`、`/metrics`。不写则不开放。",
  ],
);

export async function readPage(
  raw: RawPage,
  secrets: SecretReader,
  problems: FileProblems,
): Promise<PageConfig | undefined> {
  const at = raw.listen.lastIndexOf(":");
  const host = raw.listen.slice(0, at).replace(/^\[|\]$/g, "");
  const read = (name: "certificate" | "key" | "password", kind: "public" | "secret") =>
    raw[name] === undefined ? undefined : secrets.read(raw[name], ["page", name], kind);
  const [password, certificate, key] = [
    await read("password", "secret"),
    await read("certificate", "public"),
    await read("key", "secret"),
  ];
  if (password !== undefined && password.length < LEAST_PASSWORD)
    problems.error(
      ["page", "password"],
      `must have at least ${LEAST_PASSWORD} characters`,
      `至少应有 ${LEAST_PASSWORD} 个字符`,
    );
  if ((raw.certificate === undefined) !== (raw.key === undefined))
    problems.error(
      ["page"],
      "certificate and key belong together",
      "certificate 与 key 须同时配置",
    );
  if (!isLoopback(host) && (raw.password === undefined || raw.certificate === undefined))
    problems.error(
      ["page", "listen"],
      "off this machine the page needs password, certificate and key; 127.0.0.1 needs none",
      "对其他机器开放时须配置 password、certificate 和 key；127.0.0.1 则不需要",
    );
  return {
    host,
    port: Number(raw.listen.slice(at + 1)),
    ...(password === undefined ? {} : { password }),
    ...(certificate === undefined || key === undefined ? {} : { tls: { certificate, key } }),
  };
}

export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);

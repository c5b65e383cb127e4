import { QianzhiError, type Worded } from "@qianzhi/sdk";

/** Where a request was going, for the text of its error. */
export interface Route {
  /** Host and port of the platform. */
  readonly address: string;
  /** Host and port of the proxy that plain HTTP goes to; a tunnel's errors come typed already. */
  readonly plainProxy?: string;
}

const words = (en: string, zh: string): Worded => ({ en, zh });
const unknownAuthority = words(
  "the certificate's authority is not known; name it as platform.ca",
  "证书的颁发机构未知，请写入 platform.ca",
);
const demandsCertificate = words("the platform demands a client certificate", "平台要求客户端证书");
const refusesHandshake = words(
  "the platform refused the handshake; it may demand a client certificate",
  "平台拒绝握手，可能要求客户端证书",
);
const refusesCertificate = words(
  "the platform does not accept the client certificate",
  "平台不接受该客户端证书",
);
const expiredHere = words("the client certificate has expired", "客户端证书已过期");
const noTls = words("the other side does not speak TLS", "对方未使用 TLS");

/** What is wrong with a certificate or handshake, by Node's error code. */
const tlsProblems: Readonly<Record<string, Worded>> = {
  CERT_HAS_EXPIRED: words("the certificate has expired", "平台证书已过期"),
  CERT_NOT_YET_VALID: words(
    "the certificate is not valid yet; check this machine's clock",
    "平台证书尚未生效，请检查本机时钟",
  ),
  DEPTH_ZERO_SELF_SIGNED_CERT: words(
    "the certificate is self-signed; name it as platform.ca",
    "平台证书为自签名，请写入 platform.ca",
  ),
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  CERT_REVOKED: words("the certificate was revoked", "平台证书已被吊销"),
  ERR_TLS_CERT_ALTNAME_INVALID: words(
    "the certificate is for another name",
    "平台证书上的名称与地址不符",
  ),
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: demandsCertificate,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: refusesHandshake,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: refusesCertificate,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: refusesCertificate,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: expiredHere,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
};

/** During a handshake Node reports EPROTO, and OpenSSL's reason only in the text. */
const handshakeProblems: readonly (readonly [RegExp, Worded])[] = [
  [/wrong version number|packet length too long|unknown protocol|http request/, noTls],
  [/certificate required/, demandsCertificate],
  [/handshake failure/, refusesHandshake],
  [/unknown ca|bad certificate|certificate unknown/, refusesCertificate],
  [/certificate expired/, expiredHere],
];

const unreachable: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "EHOSTDOWN",
  "EPIPE",
  "ECONNABORTED",
  "EADDRNOTAVAIL",
  // No connection could be opened for want of file descriptors, here or in the whole system.
  "EMFILE",
  "ENFILE",
  "ERR_SOCKET_CONNECTION_TIMEOUT",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

/** The typed error for a request that got no answer. */
export function transportError(error: unknown, route: Route): QianzhiError {
  const typed = ours(error);
  if (typed !== undefined) return typed;
  const code = codeOf(error);
  // The client's own error carries the request, signature and records included: only its code goes on.
  const options = { cause: error instanceof Error ? new DOMException(code ?? error.name) : error };
  const problem =
    code === undefined
      ? undefined
      : (tlsProblems[code] ?? (isTls(code) ? (handshakeProblem(error) ?? code) : undefined));
  if (problem !== undefined)
    return new QianzhiError("QZ_PLATFORM_TLS", { address: route.address, problem }, options);
  if (code === "ETIMEDOUT")
    return new QianzhiError("QZ_PLATFORM_UNREACHABLE", { address: route.address }, options);
  if (code !== undefined && unreachable.has(code)) {
    return route.plainProxy === undefined || code === "ECONNRESET" || code === "EPIPE"
      ? new QianzhiError("QZ_PLATFORM_UNREACHABLE", { address: route.address }, options)
      : new QianzhiError("QZ_PROXY_UNREACHABLE", { address: route.plainProxy }, options);
  }
  // What remains is an answer that could not be read: not HTTP, too large, cut off in the middle.
  return new QianzhiError(
    "QZ_PROTOCOL",
    {
      problem: words(
        `the answer could not be read (${code ?? "no reason given"})`,
        `无法读取应答（${code ?? "原因不明"}）`,
      ),
    },
    options,
  );
}

function ours(error: unknown): QianzhiError | undefined {
  if (QianzhiError.is(error)) return error;
  const cause = error instanceof Error ? error.cause : undefined;
  return QianzhiError.is(cause) ? cause : undefined;
}

/** The innermost code: an HTTP client may put its own in front of the socket's. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  const inner = codeOf(error.cause);
  if (inner !== undefined) return inner;
  if (error instanceof AggregateError) return codeOf(error.errors[0]) ?? code;
  return code;
}

function handshakeProblem(error: unknown): Worded | undefined {
  const text =
    error instanceof Error
      ? `${error.message} ${error.cause instanceof Error ? error.cause.message : ""}`
      : "";
  return handshakeProblems.find(([pattern]) => pattern.test(text))?.[1];
}

function isTls(code: string): boolean {
  return /^(ERR_SSL_|ERR_TLS_|CERT_|UNABLE_TO_|EPROTO|HOSTNAME_MISMATCH|INVALID_CA|ERR_OSSL)/.test(
    code,
  );
}

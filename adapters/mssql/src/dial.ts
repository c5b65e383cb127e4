import { connect, type Socket } from "node:net";
import { QianzhiError, type Worded } from "@qianzhi/sdk";

/** Opens the sockets of one connection for the driver. */
export interface Dialled {
  /** What the driver calls for each socket: the first, and one more when the server sends it to another. */
  connector(
    to: { host: string; port: number },
    lookup: unknown,
    limit: AbortSignal,
  ): Promise<Socket>;
  /** Destroys what was opened; nothing is opened afterwards. */
  destroy(): void;
  /** Why the connection was cut here. */
  readonly refusal: Worded | undefined;
  /** The server agreed to encrypt. */
  readonly encrypts: boolean;
}

/**
 * With `secure`, a server that answers that it has no TLS is cut off before the driver has sent anything else: it would
 * go on in clear text otherwise, with the password next.
 */
export function dial(secure: boolean, signal: AbortSignal): Dialled {
  let opened: Socket | undefined;
  let refusal: Worded | undefined;
  let encrypts = false;
  return {
    connector: ({ host, port }, _lookup, limit) =>
      new Promise((resolve, reject) => {
        const stop = AbortSignal.any([signal, limit]);
        stop.throwIfAborted();
        const socket = connect({ host, port });
        opened = socket;
        const abort = () => socket.destroy(stop.reason as Error);
        stop.addEventListener("abort", abort, { once: true });
        const settle = () => stop.removeEventListener("abort", abort);
        socket.once("error", (error) => reject(error));
        socket.once("close", settle);
        socket.once("connect", () => {
          settle();
          if (secure) {
            watchAnswer(socket, (answer) => {
              encrypts = answer;
              if (answer) return;
              refusal = { en: "the server offers no TLS", zh: "服务器未启用 TLS" };
              cut(socket);
            });
          }
          resolve(socket);
        });
      }),
    destroy: () => cut(opened),
    get refusal() {
      return refusal;
    },
    get encrypts() {
      return encrypts;
    },
  };
}

/** With an error, since the driver does not notice a socket that just closes. */
const cut = (socket: Socket | undefined) => socket?.destroy(new QianzhiError("QZ_SOURCE_LOST"));

const HEADER_BYTES = 8;
const ENCRYPTION = 1;
const END = 0xff;
/** What a server answers that will encrypt: ENCRYPT_ON and ENCRYPT_REQ. */
const encrypting = [1, 3];

/** Reads the answer to the PRELOGIN message ([MS-TDS] 2.2.6.5) before the driver does. */
function watchAnswer(socket: Socket, tell: (encrypts: boolean) => void): void {
  let seen = Buffer.alloc(0);
  const look = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    if (seen.length < HEADER_BYTES || seen.length < seen.readUInt16BE(2)) return;
    socket.off("data", look);
    const answer = encryptionIn(seen.subarray(HEADER_BYTES, seen.readUInt16BE(2)));
    tell(answer !== undefined && encrypting.includes(answer));
  };
  socket.on("data", look);
}

function encryptionIn(answer: Buffer): number | undefined {
  for (let at = 0; at + 4 < answer.length && answer[at] !== END; at += 5)
    if (answer[at] === ENCRYPTION) return answer[answer.readUInt16BE(at + 1)];
  return undefined;
}

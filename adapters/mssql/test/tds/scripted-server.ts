import { createServer, type Socket } from "node:net";
import { once } from "node:events";
import type { SecureVersion } from "node:tls";
import { encryptInside } from "./encrypt.ts";
import { preloginAnswer, readLogin, type Encryption, type Login } from "./login.ts";
import { MessageReader, messageTypes, packetsOf, type Message } from "./packets.ts";
import { readBatch, readCall, type Asked } from "./requests.ts";
import { testCertificate } from "./test-certificate.ts";
import {
  databaseChange,
  done,
  doneBits,
  errorToken,
  loginAck,
  resultSet,
  tdsVersions,
  type ResultSet,
  type ServerMessage,
  type TdsVersion,
} from "./tokens.ts";

/** What a script answers: rows, errors, an answer that never comes, or the end of the connection. */
export type Answer = ResultSet | { readonly errors: readonly ServerMessage[] } | "never" | "cut";

export interface Script {
  /** What the server says of encryption. Default: required. */
  readonly encryption?: Encryption;
  /** The only version of TLS that it speaks. Default 1.2. */
  readonly tls?: SecureVersion;
  /** Closes the connection at the first message of the handshake. */
  readonly breaksHandshake?: boolean;
  /** The version of TDS that it speaks. Default 7.4. */
  readonly tds?: TdsVersion;
  /** Errors with which it refuses a login. */
  login?(login: Login): readonly ServerMessage[];
  /** Undefined: a done token, as for SET. */
  answer?(asked: Asked): Answer | undefined;
}

/** A server of the tabular data stream that answers by a script, for the driver to talk to over a socket. */
export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  /** PEM text of its certificate, which signs itself. */
  readonly certificate: string;
  readonly logins: readonly Login[];
  readonly asked: readonly Asked[];
  readonly attentions: number;
  readonly connections: number;
  /** Each byte that came in, as it came over the wire. */
  readonly received: Buffer;
  /** Ends all connections. */
  cut(): void;
}

export async function startScriptedServer(script: Script = {}): Promise<ScriptedServer> {
  const state = { logins: [] as Login[], asked: [] as Asked[], attentions: 0 };
  const sockets = new Set<Socket>();
  const received: Buffer[] = [];
  const certificate = testCertificate();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => received.push(chunk));
    converse(socket, script, state, certificate);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    certificate: certificate.certificate,
    logins: state.logins,
    asked: state.asked,
    get attentions() {
      return state.attentions;
    },
    get connections() {
      return sockets.size;
    },
    get received() {
      return Buffer.concat(received);
    },
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}

interface State {
  readonly logins: Login[];
  readonly asked: Asked[];
  attentions: number;
}

/** Answers what comes over one connection, in clear text until both sides have agreed to encrypt. */
function converse(
  socket: Socket,
  script: Script,
  state: State,
  certificate: ReturnType<typeof testCertificate>,
): void {
  const { encryption: word = "required", tds = "7_4" } = script;
  const reader = new MessageReader();
  let write = (data: Buffer) => void socket.write(data);
  const answer = (tokens: Buffer, type: number = messageTypes.answer) =>
    write(packetsOf(type, tokens));
  const hear = (chunk: Buffer) => {
    for (const message of reader.read(chunk)) {
      if (message.type === messageTypes.prelogin) prelogin();
      else handle(message);
    }
  };
  const prelogin = () => {
    answer(preloginAnswer(word, 16));
    if (word !== "on" && word !== "required") return;
    socket.off("data", hear);
    if (script.breaksHandshake === true) return void socket.once("data", () => socket.destroy());
    const secure = encryptInside(socket, certificate, script.tls ?? "TLSv1.2");
    secure.on("data", hear);
    secure.on("error", () => socket.destroy());
    write = (data) => void secure.write(data);
  };
  const handle = ({ type, data }: Message) => {
    switch (type) {
      case messageTypes.login:
        return login(readLogin(data));
      case messageTypes.batch:
        return respond(readBatch(data, tds !== "7_1"));
      case messageTypes.call:
        return respond(readCall(data, tds !== "7_1"));
      case messageTypes.attention:
        state.attentions++;
        // A batch that was stopped ends its own answer before the attention is acknowledged in another.
        if (isRunning) answer(done(doneBits.error, tds));
        isRunning = false;
        return answer(done(doneBits.attention, tds));
      default:
        return void socket.destroy();
    }
  };
  const login = (found: Login) => {
    state.logins.push(found);
    const errors = script.login?.(found) ?? [];
    answer(
      errors.length > 0
        ? Buffer.concat([...errors.map((each) => errorToken(each, tds)), done(doneBits.error, tds)])
        : Buffer.concat([databaseChange(found.database), loginAck(tds), done(0, tds)]),
    );
  };
  let isRunning = false;
  const respond = (asked: Asked) => {
    state.asked.push(asked);
    const scripted = script.answer?.(asked);
    if (scripted === "never") return void (isRunning = true);
    isRunning = false;
    if (scripted === "cut") return void socket.destroy();
    if (scripted === undefined) return answer(done(0, tds));
    if ("errors" in scripted) {
      const tokens = scripted.errors.map((each) => errorToken(each, tds));
      return answer(Buffer.concat([...tokens, done(doneBits.error, tds)]));
    }
    const rows = scripted.rows.length;
    answer(Buffer.concat([resultSet(scripted, tds), done(doneBits.count, tds, rows)]));
  };
  socket.on("data", hear);
}

/** The version that a client offers, by its number in LOGIN7. */
export const offeredVersion = ({ tdsVersion }: Login) =>
  Object.entries(tdsVersions).find(([, number]) => number === tdsVersion)?.[0];

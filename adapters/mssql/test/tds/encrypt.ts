import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { createSecureContext, TLSSocket, type SecureVersion } from "node:tls";
import { MessageReader, messageTypes, packetsOf } from "./packets.ts";
import type { TestCertificate } from "./test-certificate.ts";

/** What TLS puts on the wire when it is not inside a message: handshake, data, alert, change of cipher. */
const tlsRecords = [0x14, 0x15, 0x16, 0x17];

/**
 * The server's side of TLS as the protocol wants it: the handshake inside PRELOGIN messages, and from then on all
 * messages inside TLS.
 */
export function encryptInside(
  socket: Socket,
  { certificate, key }: TestCertificate,
  version: SecureVersion,
): TLSSocket {
  const reader = new MessageReader();
  let wrapped = true;
  const inside = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, written) {
      socket.write(wrapped ? packetsOf(messageTypes.prelogin, chunk) : chunk, () => written());
    },
  });
  socket.on("data", (chunk: Buffer) => {
    wrapped &&= !tlsRecords.includes(chunk[0]!);
    if (!wrapped) return void inside.push(chunk);
    for (const { data } of reader.read(chunk)) inside.push(data);
  });
  socket.on("close", () => inside.push(null));
  const secureContext = createSecureContext({
    cert: certificate,
    key,
    minVersion: version,
    maxVersion: version,
    ciphers: "DEFAULT@SECLEVEL=0",
  });
  return new TLSSocket(inside, { isServer: true, secureContext });
}

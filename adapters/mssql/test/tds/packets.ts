/* Messages of [MS-TDS] 2.2.3: a type, and data that may come in several packets of eight bytes header each. */

export const messageTypes = {
  batch: 1,
  call: 3,
  answer: 4,
  attention: 6,
  login: 16,
  sspi: 17,
  prelogin: 18,
} as const;

export interface Message {
  readonly type: number;
  readonly data: Buffer;
}

const HEADER_BYTES = 8;
const PACKET_BYTES = 4096;
const LAST = 1;

/** Puts messages together from chunks as they arrive. */
export class MessageReader {
  #bytes = Buffer.alloc(0);
  #parts: Buffer[] = [];

  read(chunk: Buffer): readonly Message[] {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const messages: Message[] = [];
    while (this.#bytes.length >= HEADER_BYTES) {
      const length = this.#bytes.readUInt16BE(2);
      if (this.#bytes.length < length) break;
      this.#parts.push(this.#bytes.subarray(HEADER_BYTES, length));
      if ((this.#bytes[1]! & LAST) !== 0) {
        messages.push({ type: this.#bytes[0]!, data: Buffer.concat(this.#parts) });
        this.#parts = [];
      }
      this.#bytes = this.#bytes.subarray(length);
    }
    return messages;
  }
}

/** A message as it travels. */
export function packetsOf(type: number, data: Buffer): Buffer {
  const packets: Buffer[] = [];
  for (let at = 0; at === 0 || at < data.length; at += PACKET_BYTES - HEADER_BYTES) {
    const part = data.subarray(at, at + PACKET_BYTES - HEADER_BYTES);
    const header = Buffer.alloc(HEADER_BYTES);
    header[0] = type;
    header[1] = at + part.length === data.length ? LAST : 0;
    header.writeUInt16BE(HEADER_BYTES + part.length, 2);
    packets.push(header, part);
  }
  return Buffer.concat(packets);
}

/* What a client says before it may ask: PRELOGIN ([MS-TDS] 2.2.6.5) and LOGIN7 (2.2.6.4). */

/** What a server answers about encryption. */
export const encryption = { off: 0, on: 1, notSupported: 2, required: 3 } as const;
export type Encryption = keyof typeof encryption;

const VERSION = 0;
const ENCRYPTION = 1;
const END = 0xff;
const OPTION_BYTES = 5;

/** The version of the server and its word on encryption. */
export function preloginAnswer(word: Encryption, major: number): Buffer {
  const version = Buffer.from([major, 0, 0, 0, 0, 0]);
  const start = 2 * OPTION_BYTES + 1;
  const options = Buffer.alloc(start);
  options[0] = VERSION;
  options.writeUInt16BE(start, 1);
  options.writeUInt16BE(version.length, 3);
  options[OPTION_BYTES] = ENCRYPTION;
  options.writeUInt16BE(start + version.length, OPTION_BYTES + 1);
  options.writeUInt16BE(1, OPTION_BYTES + 3);
  options[2 * OPTION_BYTES] = END;
  return Buffer.concat([options, version, Buffer.from([encryption[word]])]);
}

export interface Login {
  readonly user: string;
  readonly password: string;
  readonly application: string;
  readonly server: string;
  readonly language: string;
  readonly database: string;
  readonly tdsVersion: number;
  readonly readOnlyIntent: boolean;
  /** The NTLM message of a domain login. */
  readonly sspi: Buffer;
}

/** Places in the fixed part, by [MS-TDS] 2.2.6.4. */
const at = {
  version: 4,
  typeFlags: 26,
  user: 40,
  password: 44,
  application: 48,
  server: 52,
  language: 64,
  database: 68,
  sspi: 78,
};
const READ_ONLY_INTENT = 0x20;

export function readLogin(data: Buffer): Login {
  const bytes = (place: number, unit: number) => {
    const start = data.readUInt16LE(place);
    return data.subarray(start, start + data.readUInt16LE(place + 2) * unit);
  };
  const text = (place: number) => bytes(place, 2).toString("utf16le");
  return {
    user: text(at.user),
    password: Buffer.from(bytes(at.password, 2).map(unscrambled)).toString("utf16le"),
    application: text(at.application),
    server: text(at.server),
    language: text(at.language),
    database: text(at.database),
    tdsVersion: data.readUInt32LE(at.version),
    readOnlyIntent: (data[at.typeFlags]! & READ_ONLY_INTENT) !== 0,
    sspi: bytes(at.sspi, 1),
  };
}

/** Each byte of a password travels with its halves exchanged and every other bit turned. */
const unscrambled = (byte: number) => {
  const turned = byte ^ 0xa5;
  return ((turned << 4) | (turned >> 4)) & 0xff;
};

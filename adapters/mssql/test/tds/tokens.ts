/* Tokens of [MS-TDS] 2.2.7, as a server of TDS 7.2 or later writes them. */

const u8 = (value: number) => Buffer.from([value]);
export const u16 = (value: number) => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const ucs2 = (text: string) => Buffer.from(text, "utf16le");
/** Texts with their count of characters in one byte, or in two. */
const short = (text: string) => Buffer.concat([u8(text.length), ucs2(text)]);
const long = (text: string) => Buffer.concat([u16(text.length), ucs2(text)]);
const sized = (token: number, body: Buffer) => Buffer.concat([u8(token), u16(body.length), body]);

/** Which version the server speaks, by [MS-TDS] 2.2.7.14. */
export const tdsVersions = {
  "7_1": 0x71000001,
  "7_2": 0x72090002,
  "7_3_A": 0x730a0003,
  "7_3_B": 0x730b0003,
  "7_4": 0x74000004,
} as const;
export type TdsVersion = keyof typeof tdsVersions;

export function loginAck(version: TdsVersion): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(tdsVersions[version]);
  const name = short("Microsoft SQL Server");
  return sized(0xad, Buffer.concat([u8(1), number, name, Buffer.from([16, 0, 0, 0])]));
}

export const databaseChange = (name: string) =>
  sized(0xe3, Buffer.concat([u8(1), short(name), short("master")]));

export interface ServerMessage {
  readonly number: number;
  readonly text: string;
  readonly severity?: number;
}

/** In TDS 7.1 the line takes two bytes, later four. */
export function errorToken(
  { number, text, severity = 16 }: ServerMessage,
  version: TdsVersion,
): Buffer {
  const line = version === "7_1" ? u16(1) : u32(1);
  const body = [
    u32(number),
    Buffer.from([1, severity]),
    long(text),
    short("SQL1"),
    short(""),
    line,
  ];
  return sized(0xaa, Buffer.concat(body));
}

const DONE = 0xfd;
export const doneBits = { more: 1, error: 2, count: 16, attention: 32 } as const;

export function done(bits: number, version: TdsVersion, rows = 0): Buffer {
  const count = version === "7_1" ? u32(rows) : Buffer.concat([u32(rows), u32(0)]);
  return Buffer.concat([u8(DONE), u16(bits), u16(0xc1), count]);
}

/** A kind of column: its type information, and its values. */
export interface ColumnKind {
  readonly info: Buffer;
  value(value: unknown): Buffer;
}

/** Chinese_PRC_CI_AS (code page 936), and Latin1_General_CI_AS (1252). */
export const collations = {
  chinese: Buffer.from("0408d00000", "hex"),
  latin: Buffer.from("0904d00000", "hex"),
} as const;

const nullable = (type: number, bytes: number, write: (value: unknown) => Buffer): ColumnKind => ({
  info: Buffer.from([type, bytes]),
  value: (value) => (value === null ? u8(0) : Buffer.concat([u8(bytes), write(value)])),
});
const withBytes =
  (bytes: number, write: (to: Buffer, value: unknown) => void) => (value: unknown) => {
    const to = Buffer.alloc(bytes);
    write(to, value);
    return to;
  };
const characters = (info: Buffer, encode: (value: unknown) => Buffer): ColumnKind => ({
  info,
  value(value) {
    if (value === null) return u16(0xffff);
    const bytes = encode(value);
    return Buffer.concat([u16(bytes.length), bytes]);
  },
});

export const kinds = {
  int: nullable(
    0x26,
    4,
    withBytes(4, (to, value) => to.writeInt32LE(Number(value))),
  ),
  bigint: nullable(
    0x26,
    8,
    withBytes(8, (to, value) => to.writeBigInt64LE(BigInt(String(value)))),
  ),
  bit: nullable(0x68, 1, (value) => u8(Number(value))),
  float: nullable(
    0x6d,
    8,
    withBytes(8, (to, value) => to.writeDoubleLE(Number(value))),
  ),
  real: nullable(
    0x6d,
    4,
    withBytes(4, (to, value) => to.writeFloatLE(Number(value))),
  ),
  /** In ten-thousandths. */
  money: nullable(
    0x6e,
    8,
    withBytes(8, (to, value) => {
      const amount = BigInt(String(value));
      to.writeInt32LE(Number(amount >> 32n), 0);
      to.writeUInt32LE(Number(amount & 0xffffffffn), 4);
    }),
  ),
  /** Days since 1900 and ticks of 1/300 s. */
  datetime: nullable(
    0x6f,
    8,
    withBytes(8, (to, value) => {
      const [days, ticks] = value as readonly [number, number];
      to.writeInt32LE(days, 0);
      to.writeUInt32LE(ticks, 4);
    }),
  ),
  nvarchar: characters(Buffer.concat([u8(0xe7), u16(8000), collations.chinese]), (value) =>
    ucs2(String(value)),
  ),
  /** Bytes as they are stored in a column of that collation. */
  varchar: (collation: Buffer) =>
    characters(Buffer.concat([u8(0xa7), u16(8000), collation]), (value) => value as Buffer),
  varbinary: characters(Buffer.concat([u8(0xa5), u16(8000)]), (value) => value as Buffer),
  /** decimal(38, scale), from its digits without a point. */
  decimal: (scale: number): ColumnKind => ({
    info: Buffer.from([0x6a, 17, 38, scale]),
    value(value) {
      if (value === null) return u8(0);
      const digits = BigInt(String(value));
      const bytes = Buffer.alloc(18);
      bytes[0] = 17;
      bytes[1] = digits < 0n ? 0 : 1;
      let rest = digits < 0n ? -digits : digits;
      for (let at = 2; at < 18; at++, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
      return bytes;
    },
  }),
} as const;

export interface ResultSet {
  readonly columns: readonly {
    readonly name: string;
    readonly kind: ColumnKind;
    readonly userType?: number;
  }[];
  readonly rows: readonly (readonly unknown[])[];
}

const NULLABLE = 1;

/** Metadata and rows, without what ends them. */
export function resultSet({ columns, rows }: ResultSet, version: TdsVersion): Buffer {
  const user = (type = 0) => (version === "7_1" ? u16(type) : u32(type));
  const metadata = columns.flatMap(({ name, kind, userType }) => [
    user(userType),
    u16(NULLABLE),
    kind.info,
    short(name),
  ]);
  const cells = rows.flatMap((row) => [
    u8(0xd1),
    ...row.map((value, at) => columns[at]!.kind.value(value)),
  ]);
  return Buffer.concat([u8(0x81), u16(columns.length), ...metadata, ...cells]);
}

/* What a client asks: a batch ([MS-TDS] 2.2.6.7), or a call of sp_executesql (2.2.6.6). */

export interface Asked {
  readonly sql: string;
  /** By name, without the at sign. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The declaration that came with the call, `@p1 nvarchar(3)`. */
  readonly declared: string;
}

const SP_EXECUTESQL = 10;
const MAX = 0xffff;

export function readBatch(data: Buffer, headers: boolean): Asked {
  const start = headers ? data.readUInt32LE(0) : 0;
  return { sql: data.subarray(start).toString("utf16le"), params: {}, declared: "" };
}

export function readCall(data: Buffer, headers: boolean): Asked {
  const from = { data, at: headers ? data.readUInt32LE(0) : 0 };
  if (u16(from) !== MAX || u16(from) !== SP_EXECUTESQL)
    throw new Error("the scripted server knows sp_executesql alone");
  u16(from);
  const params: [string, unknown][] = [];
  while (from.at < data.length) {
    const name = take(from, u8(from) * 2).toString("utf16le");
    u8(from);
    params.push([name.slice(1), value(from)]);
  }
  const { statement, params: declared = "", ...rest } = Object.fromEntries(params);
  return { sql: String(statement), declared: String(declared), params: rest };
}

interface Place {
  readonly data: Buffer;
  at: number;
}

function take(from: Place, bytes: number): Buffer {
  const taken = from.data.subarray(from.at, from.at + bytes);
  from.at += bytes;
  return taken;
}
const u8 = (from: Place) => take(from, 1).readUInt8();
const u16 = (from: Place) => take(from, 2).readUInt16LE();

function value(from: Place): unknown {
  const type = u8(from);
  switch (type) {
    case 0x6d:
      u8(from);
      return u8(from) === 0 ? null : take(from, 8).readDoubleLE();
    case 0xe7: {
      const length = u16(from);
      take(from, 5);
      return variable(from, length)?.toString("utf16le") ?? null;
    }
    case 0xa5:
      return variable(from, u16(from)) ?? null;
    default:
      throw new Error(`the scripted server knows no parameter of type ${type}`);
  }
}

/** A value with its length before it, in parts when it is declared as `max`. */
function variable(from: Place, declared: number): Buffer | undefined {
  if (declared !== MAX) {
    const length = u16(from);
    return length === MAX ? undefined : take(from, length);
  }
  take(from, 8);
  const parts: Buffer[] = [];
  for (let length = take(from, 4).readUInt32LE(); length > 0; length = take(from, 4).readUInt32LE())
    parts.push(take(from, length));
  return Buffer.concat(parts);
}

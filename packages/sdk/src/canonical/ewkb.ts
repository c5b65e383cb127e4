/**
 * Well-known binary, as PostGIS (EWKB flags) and ISO (type + 1000 for Z) write it, to the text of a GeoJSON geometry.
 * Curves, measures, NaN and bytes left over have no GeoJSON form and are refused.
 */
const names = [
  "",
  "Point",
  "LineString",
  "Polygon",
  "MultiPoint",
  "MultiLineString",
  "MultiPolygon",
  "GeometryCollection",
] as const;

/** Which type the parts of a multi-geometry must have. */
const partTypes: Readonly<Record<number, number>> = { 4: 1, 5: 2, 6: 3 };

const depthLimit = 32;

interface Cursor {
  readonly view: DataView;
  at: number;
  srid: number;
}

interface Header {
  readonly type: number;
  readonly dimensions: 2 | 3;
  readonly littleEndian: boolean;
}

/** The geometry's GeoJSON text and SRID (0 = none named); undefined when it has no exact GeoJSON form. */
export function readEwkb(
  bytes: Uint8Array,
): { readonly text: string; readonly srid: number } | undefined {
  const cursor: Cursor = {
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    at: 0,
    srid: 0,
  };
  const text = readGeometry(cursor, 0);
  return text === undefined || cursor.at !== bytes.byteLength
    ? undefined
    : { text, srid: cursor.srid };
}

function readGeometry(cursor: Cursor, depth: number): string | undefined {
  const header = readHeader(cursor, depth);
  if (header === undefined) return undefined;
  if (header.type === 7) {
    const members = readMany(cursor, header, () => readGeometry(cursor, depth + 1));
    return members === undefined
      ? undefined
      : `{"type":"GeometryCollection","geometries":${members}}`;
  }
  const coordinates = readCoordinates(cursor, header, depth);
  const name = names[header.type];
  return coordinates === undefined ? undefined : `{"type":"${name}","coordinates":${coordinates}}`;
}

function readHeader(cursor: Cursor, depth: number): Header | undefined {
  if (depth > depthLimit || remaining(cursor) < 5) return undefined;
  const order = cursor.view.getUint8(cursor.at);
  if (order > 1) return undefined;
  const littleEndian = order === 1;
  const word = cursor.view.getUint32(cursor.at + 1, littleEndian);
  cursor.at += 5;
  const measured = (word & 0x40000000) !== 0;
  const plain = word & 0x1fffffff;
  if ((word & 0x20000000) !== 0 && !readSrid(cursor, littleEndian)) return undefined;
  const type = plain % 1000;
  const family = Math.floor(plain / 1000);
  if (measured || family > 1 || type < 1 || type > 7) return undefined;
  return { type, dimensions: family === 1 || (word & 0x80000000) !== 0 ? 3 : 2, littleEndian };
}

/** A part may repeat the SRID of the whole, not name another. */
function readSrid(cursor: Cursor, littleEndian: boolean): boolean {
  if (remaining(cursor) < 4) return false;
  const srid = cursor.view.getUint32(cursor.at, littleEndian);
  const first = cursor.srid === 0 && cursor.at === 5;
  cursor.at += 4;
  if (!first) return srid === cursor.srid;
  cursor.srid = srid;
  return true;
}

function readCoordinates(cursor: Cursor, header: Header, depth: number): string | undefined {
  const position = (): string | undefined => readPosition(cursor, header);
  const line = (): string | undefined => readMany(cursor, header, position);
  switch (header.type) {
    case 1:
      return position();
    case 2:
      return line();
    case 3:
      return readMany(cursor, header, line);
    default:
      return readMany(cursor, header, () => readPart(cursor, header, depth + 1));
  }
}

function readPart(cursor: Cursor, whole: Header, depth: number): string | undefined {
  const header = readHeader(cursor, depth);
  if (header === undefined || header.type !== partTypes[whole.type]) return undefined;
  return header.dimensions === whole.dimensions
    ? readCoordinates(cursor, header, depth)
    : undefined;
}

function readMany(
  cursor: Cursor,
  header: Header,
  read: () => string | undefined,
): string | undefined {
  if (remaining(cursor) < 4) return undefined;
  const count = cursor.view.getUint32(cursor.at, header.littleEndian);
  cursor.at += 4;
  const parts: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const part = read();
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return `[${parts.join(",")}]`;
}

function readPosition(cursor: Cursor, { dimensions, littleEndian }: Header): string | undefined {
  if (remaining(cursor) < dimensions * 8) return undefined;
  let text = "";
  for (let index = 0; index < dimensions; index += 1) {
    const ordinate = cursor.view.getFloat64(cursor.at, littleEndian);
    if (!Number.isFinite(ordinate)) return undefined;
    text += (index === 0 ? "[" : ",") + String(ordinate + 0);
    cursor.at += 8;
  }
  return `${text}]`;
}

const remaining = ({ view, at }: Cursor): number => view.byteLength - at;

import { isJsonNumber, parseExactJson, type ExactJson } from "./json-text.ts";
import { exactDouble } from "./plain-decimal.ts";

/** How deep the positions of a geometry type lie in its coordinates. */
const depths: Readonly<Record<string, number>> = {
  Point: 0,
  LineString: 1,
  MultiPoint: 1,
  Polygon: 2,
  MultiLineString: 2,
  MultiPolygon: 3,
};

/** The canonical text of a GeoJSON geometry (RFC 7946), given as text or object; undefined when it is not one. */
export function readGeoJson(value: string | object): string | undefined {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text === undefined) return undefined;
  const parsed = parseExactJson(text);
  return "fault" in parsed ? undefined : geometryText(parsed.value);
}

// Members beyond these (bbox, crs, foreign ones) would be lost, so they are refused.
function geometryText(value: ExactJson | undefined): string | undefined {
  if (!(value instanceof Map) || value.size !== 2) return undefined;
  const type = value.get("type");
  if (type === "GeometryCollection") {
    const members = listText(value.get("geometries"), geometryText);
    return members === undefined
      ? undefined
      : `{"type":"GeometryCollection","geometries":${members}}`;
  }
  const depth = typeof type === "string" ? depths[type] : undefined;
  if (depth === undefined) return undefined;
  const coordinates = nestedText(value.get("coordinates"), depth);
  return coordinates === undefined
    ? undefined
    : `{"type":"${String(type)}","coordinates":${coordinates}}`;
}

function nestedText(value: ExactJson | undefined, depth: number): string | undefined {
  if (depth > 0) return listText(value, (member) => nestedText(member, depth - 1));
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) return undefined;
  return listText(value as readonly ExactJson[], ordinateText);
}

function ordinateText(value: ExactJson): string | undefined {
  if (value === null || !isJsonNumber(value)) return undefined;
  if (String(Number(value.text)) === value.text) return value.text;
  const number = exactDouble(value.text);
  return number === undefined ? undefined : String(number);
}

function listText(
  value: ExactJson | undefined,
  write: (member: ExactJson) => string | undefined,
): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const parts: string[] = [];
  for (const member of value as readonly ExactJson[]) {
    const part = write(member);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return `[${parts.join(",")}]`;
}

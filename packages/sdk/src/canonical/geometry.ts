import type { Item } from "../descriptor/descriptor.ts";
import { readEwkb } from "./ewkb.ts";
import { readGeoJson } from "./geojson.ts";
import { refused, type Canonicaliser } from "./refused.ts";

/** The coordinate system of an item that declares none: CGCS2000, latitude and longitude. */
export const defaultCrs = "EPSG:4490";

/**
 * A geometry item is carried as a text that holds the GeoJSON geometry: `{"type":…,"coordinates":…}` without white
 * space, each ordinate the shortest text of its double, vertices in the order of the source. Bytes are EWKB and must
 * name the item's coordinate system; bytes that name none are refused, unless `undeclaredCrs` says what they are in.
 * GeoJSON, as text or object, is taken to be in the item's system.
 */
export function geometryCanonicaliser(
  item: Item,
  undeclaredCrs: string | undefined,
): Canonicaliser {
  const wanted = item.crs ?? defaultCrs;
  const invalid = refused("QZ_GEOMETRY_INVALID", item);
  const elsewhere = refused("QZ_GEOMETRY_CRS", item);
  const misplaced = refused("QZ_TYPE", item);
  return (value) => {
    if (value === null || value === undefined || value === "") return null;
    if (value instanceof Uint8Array) {
      const geometry = readEwkb(value);
      if (geometry === undefined) return invalid;
      const crs = geometry.srid === 0 ? undeclaredCrs : `EPSG:${geometry.srid}`;
      return crs === wanted ? geometry.text : elsewhere;
    }
    if (typeof value !== "string" && typeof value !== "object") return misplaced;
    return readGeoJson(value) ?? invalid;
  };
}

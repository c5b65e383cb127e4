import type { Item } from "../descriptor/descriptor.ts";
import { binaryCanonicaliser } from "./base64.ts";
import { jsonCanonicaliser } from "./canonical-json.ts";
import { geometryCanonicaliser } from "./geometry.ts";
import {
  booleanCanonicaliser,
  decimalCanonicaliser,
  doubleCanonicaliser,
  integerCanonicaliser,
} from "./numbers.ts";
import type { Canonicaliser } from "./refused.ts";
import { textCanonicaliser } from "./text.ts";
import { dateCanonicaliser, datetimeCanonicaliser, timeCanonicaliser } from "./times.ts";

export interface CanonicalOptions {
  /** `+08:00`: the one offset in which the source's times are written. */
  readonly offset: string;
  /** The coordinate system of geometries that name none, `EPSG:4490`. Without it they are refused. */
  readonly undeclaredCrs?: string;
}

/**
 * Compiles an item into a function from a raw value (see `columnTypes`) or an application value to the canonical form
 * of the item's type: null for no value, a Refused for a value that cannot be represented exactly. Called per value:
 * what is canonical already comes back as it is, nothing allocated.
 */
export function canonicaliser(item: Item, options: CanonicalOptions): Canonicaliser {
  switch (item.type) {
    case "string":
    case "text":
      return textCanonicaliser(item);
    case "integer":
      return integerCanonicaliser(item);
    case "decimal":
      return decimalCanonicaliser(item);
    case "double":
      return doubleCanonicaliser(item);
    case "boolean":
      return booleanCanonicaliser(item);
    case "date":
      return dateCanonicaliser(item, options.offset);
    case "datetime":
      return datetimeCanonicaliser(item, options.offset);
    case "time":
      return timeCanonicaliser(item, options.offset);
    case "binary":
      return binaryCanonicaliser(item);
    case "json":
      return jsonCanonicaliser(item);
    case "geometry":
      return geometryCanonicaliser(item, options.undeclaredCrs);
  }
}

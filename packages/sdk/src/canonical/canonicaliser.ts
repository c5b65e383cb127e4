import type { Item } from "../descriptor/descriptor.ts";
import { QianzhiError } from "../errors/qianzhi-error.ts";
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

/** No place on earth is further than fourteen hours from UTC, and of UTC itself there is one form. */
const isOffset = (text: string): boolean => /^(?!-00:00)[+-](0\d|1[0-4]):[0-5]\d$/.test(text);

/**
 * Compiles an item into a function from a raw value (see `columnTypes`) or an application value to the canonical form
 * of the item's type: null for no value, a Refused for a value that cannot be represented exactly. Called per value:
 * what is canonical already comes back as it is, nothing allocated. QZ_OFFSET_INVALID when the offset is none.
 */
export function canonicaliser(item: Item, options: CanonicalOptions): Canonicaliser {
  if (!isOffset(options.offset))
    throw new QianzhiError("QZ_OFFSET_INVALID", { offset: options.offset });
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

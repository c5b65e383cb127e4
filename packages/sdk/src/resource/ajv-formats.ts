import { isBase64 } from "../canonical/base64.ts";
import { isTimeOfDay, startsWithDay } from "../canonical/calendar.ts";
import { writeJson } from "../canonical/canonical-json.ts";
import { readGeoJson } from "../canonical/geojson.ts";
import { parseExactJson } from "../canonical/json-text.ts";
import { isWholeText } from "../canonical/text.ts";

/** The `format` words of record schemas as Ajv checks them: only what the schema's other words leave open. */
export const ajvFormats: Readonly<Record<string, (text: string) => boolean>> = {
  "whole-text": isWholeText,
  date: (text) => text.length === 10 && startsWithDay(text),
  "date-time": (text) =>
    startsWithDay(text) && isTimeOfDay(text, 11) && text.charCodeAt(10) === 0x54 && isOffset(text),
  time: (text) => isTimeOfDay(text, 0) && isOffset(text),
  base64: isBase64,
  "canonical-json": (text) => {
    const parsed = parseExactJson(text);
    return !("fault" in parsed) && writeJson(parsed.value) === text;
  },
  "canonical-geometry": (text) => readGeoJson(text) === text,
};

const isOffset = (text: string): boolean => isTimeOfDay(`${text.slice(-5)}:00`, 0);

import type { PositionValue, RawValue, ScanRequest } from "@qianzhi/sdk";
import { inScan, inSource, inValues, type PlantedBug } from "./planted-bug.ts";

const digits = (value: RawValue): RawValue =>
  typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
const asText = (value: RawValue): RawValue =>
  value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value;
const bentFrom = (
  request: ScanRequest,
  bend: (value: PositionValue) => PositionValue,
): ScanRequest =>
  request.from === undefined ? request : { ...request, from: request.from.map(bend) };

/** Bugs in values and in the order of keys. */
export const valueBugs: readonly PlantedBug[] = [
  inValues(
    "reads digits into a double",
    ["integer: values arrive", "numbers in a text key"],
    digits,
  ),
  inValues("reads NULL as an empty text", ["text: NULL is null"], (value) => value ?? ""),
  inScan(
    "pages by the cursor alone",
    ["text ci ai: pages of every size", "a run of equal cursor"],
    {
      request: (request) =>
        request.from === undefined ? request : { ...request, from: request.from.slice(0, 1) },
      page: (page, { from, order, columns }) => {
        if (from === undefined || order.length < 2) return page;
        const at = columns.findIndex(({ name }) => name === order[0]);
        const first = page.rows.findIndex((row) => String(row[at]) !== String(from[0]));
        return { ...page, rows: first < 0 ? [] : page.rows.slice(first), tied: 0 };
      },
    },
  ),
  inScan("takes every bound as inclusive", ["integer: `from` and `until` split"], {
    request: (request) =>
      request.until === undefined
        ? request
        : { ...request, until: { ...request.until, inclusive: true } },
  }),
  inScan("binds bytes as their base64 text", ["binary: each row is found"], {
    request: (request) =>
      request.keys === undefined
        ? request
        : {
            ...request,
            keys: {
              ...request.keys,
              values: request.keys.values.map((key) =>
                key.map((value) =>
                  typeof value === "object"
                    ? { base64: Buffer.from(value.base64).toString("base64") }
                    : value,
                ),
              ),
            },
          },
  }),
  inScan("orders by whatever it is told", ["json: is refused"], {
    request: (request) => ({ ...request, order: request.order.filter((name) => name !== "v") }),
  }),
  inValues("normalises texts", ["code point by code point"], (value) =>
    typeof value === "string" ? value.normalize("NFC") : value,
  ),
  inValues("cuts texts at 65,535 characters", ["a million characters"], (value) =>
    typeof value === "string" ? value.slice(0, 65_535) : value,
  ),
  inValues("reads a hundred columns at most", ["a row of 150 columns"], (value, at) =>
    at < 100 ? value : null,
  ),
  inValues("sends times through a Date", ["whatever zone this process runs in"], (value) =>
    typeof value === "string" && /^\d{4}-\d\d-\d\d \d\d:/.test(value)
      ? new Date(value.replace(" ", "T")).toISOString().replace("T", " ").slice(0, 23) +
        value.slice(23)
      : value,
  ),
  inValues("decodes what it was asked not to", ["declared wrongly arrive"], asText),
  inScan(
    "sorts a page by itself",
    ["does not tell case", "order of pinyin", "of type uniqueidentifier"],
    {
      page: (page, { order, columns }) => {
        const at = columns.findIndex(({ name }) => name === order[0]);
        const rows = page.rows.toSorted((a, b) => (String(a[at]) < String(b[at]) ? -1 : 1));
        return order.length === 0 ? page : { ...page, rows };
      },
    },
  ),
  inScan("compares the position by code points", ["does not tell accents"], {
    page: (page, { from, order }) => {
      if (from === undefined || order[0] !== "v") return page;
      return { ...page, rows: page.rows.filter(([, value]) => String(value) >= String(from[0])) };
    },
  }),
  inSource(
    "reads the padding of fixed lengths",
    ["a key of fixed length"],
    ({ scan, describe }) => ({
      async scan(request, signal) {
        const { columns } = await describe(request.relation, signal);
        const padded = request.columns.map(
          ({ name }) => columns.find((column) => column.name === name)?.native === "char(6)",
        );
        const page = await scan(request, signal);
        const pad = (value: RawValue, at: number) => (padded[at] ? String(value).padEnd(6) : value);
        return { ...page, rows: page.rows.map((row) => row.map(pad)) };
      },
    }),
  ),
  inScan("rounds a position to milliseconds", ["fractions of a second"], {
    request: (request) =>
      bentFrom(request, (value) =>
        typeof value === "string" ? value.replace(/(:\d\d\.\d{3})\d+$/, "$1000") : value,
      ),
  }),
  inScan("tells equality by the texts", ["compares as equal are tied"], {
    page: (page, { from, order }) => ({
      ...page,
      tied:
        from === undefined || order[0] !== "v"
          ? page.tied
          : page.rows.filter(([, value]) => value === from[0]).length,
    }),
  }),
  inScan("finds keys by the texts", ["a point read compares as the source does"], {
    page: (page, { keys }) => {
      if (keys === undefined || keys.columns[0] !== "v") return page;
      const wanted = new Set(keys.values.map(([value]) => value));
      return { ...page, rows: page.rows.filter(([, value]) => wanted.has(value as PositionValue)) };
    },
  }),
  inScan("binds digits as a double", ["a position of every kind of key"], {
    request: (request) =>
      bentFrom(request, (value) =>
        typeof value === "string" ? (digits(value) as PositionValue) : value,
      ),
  }),
];

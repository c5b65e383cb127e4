import assert from "node:assert/strict";
import type { RawRow } from "@qianzhi/sdk";
import type { CaseBody } from "../groups.ts";
import type { ConformanceHarness } from "../harness.ts";
import {
  byNumber,
  calm,
  comparable,
  firsts,
  numbered,
  over,
  place,
  positionOf,
  positionsOf,
  readAll,
  rowsOf,
  throughJson,
  valued,
  withSource,
  type Offering,
} from "../read.ts";
import type { KeyTrait, TestType, TestValue } from "../test-type.ts";

/** Keys whose order or equality in the source is not that of their bytes. */
export function keyOrderCases(harness: ConformanceHarness): readonly CaseBody[] {
  return [
    trait(harness, "case-insensitive", {
      name: "a key that does not tell case: each row once, and both spellings tied",
      protects: "codes in a case-insensitive collation",
      shows: equalPair((a, b) => a.toLowerCase() === b.toLowerCase()),
    }),
    trait(harness, "accent-insensitive", {
      name: "a key that does not tell accents: each row once, and both spellings tied",
      protects: "names in an accent-insensitive collation",
      shows: equalPair((a, b) => bare(a) === bare(b)),
    }),
    trait(harness, "padded", {
      name: "a key of fixed length: its padding is neither read nor compared",
      protects: "CHAR columns, whose padding makes two keys of one",
      shows: equalPair((a, b) => a === b || a.trimEnd() === b.trimEnd()),
    }),
    trait(harness, "pinyin", {
      name: "a key in the order of pinyin or strokes: pages follow the source's order, not that of code points",
      protects: "Chinese names as keys",
      shows: (rows) => isOtherOrder(rows, /\p{Script=Han}/u),
    }),
    trait(harness, "uniqueidentifier", {
      name: "a key of type uniqueidentifier: pages follow the source's order, not that of its text",
      protects: "identifiers that a server sorts from their last bytes",
      shows: (rows) => isOtherOrder(rows, /^[0-9a-f-]{36}$/i),
    }),
    trait(harness, "fractions of a second", {
      name: "a cursor with fractions of a second: neighbours at its resolution neither repeat nor vanish",
      protects: "stamps that are rounded on their way out or back",
      shows: (rows) => rows.some(([, value]) => /\.\d*[1-9]\d*/.test(String(value))),
    }),
    {
      name: "numbers in a text key: pages follow the order of texts",
      protects: "identity numbers and codes that a reader takes for numbers",
      needs: ["scan", "text"],
      run: () =>
        withSource(harness, ["scan"], async (source) => {
          const texts = [
            "9",
            "10",
            "9007199254740993",
            "9007199254740992",
            "1",
            "0100",
            "100",
            "1e2",
          ];
          const rows = texts.map((text, at) => [String(at + 1), harness.quote!(text)]);
          const whole = await pageThrough(harness, source, harness.text!, rows);
          const read = whole.map(([, value]) => value!);
          assert.deepEqual(new Set(read), new Set(texts), "each text as it was written");
          assert.ok(read.indexOf("10") < read.indexOf("9"), "10 comes before 9");
        }),
    },
    {
      name: "values that the source compares as equal are tied, however they are written",
      protects: "collations decide about equality, not bytes",
      needs: ["scan", "equal values"],
      run: () =>
        eachPair(async (source, type, pair) => {
          const { request } = await pairIn(source, type, pair);
          const from = [positionOf(pair[0].read)];
          const page = await source.scan({ ...request, order: ["v"], from }, calm());
          assert.equal(page.tied, 2, type.native);
        }),
    },
    {
      name: "a point read compares as the source does",
      protects: "a row whose key was rewritten in another case is not deleted",
      needs: ["scan", "equal values"],
      run: () =>
        eachPair(async (source, type, pair) => {
          const { request } = await pairIn(source, type, pair);
          const keys = { columns: ["v"], values: [[positionOf(pair[0].read)]] };
          const { rows } = await source.scan({ ...request, order: [], keys }, calm());
          assert.deepEqual(firsts(rows).toSorted(byNumber), [1, 2], type.native);
        }),
    },
    {
      name: "a position of every kind of key is the same after JSON",
      protects: "positions are kept on disk",
      needs: ["scan"],
      run: () =>
        withSource(harness, ["scan"], async (source) => {
          for (const type of harness.types.filter(({ orderable }) => orderable)) {
            const table = valued(harness, type, rowsOf(type));
            const request = over(await place(harness, source, table), table, ["v", "id"]);
            const { rows } = await source.scan(request, calm());
            for (const row of rows) {
              const from = throughJson(positionsOf(row, request));
              const page = await source.scan({ ...request, from, pageRows: 2 }, calm());
              assert.deepEqual(
                [page.tied, ...comparable(page.rows.slice(0, 1))],
                [1, ...comparable([row])],
                type.native,
              );
            }
          }
        }),
    },
  ];

  /** Runs for each pair of values that are equal to the source and read otherwise. */
  async function eachPair(
    check: (
      source: Offering<"scan">,
      type: TestType,
      pair: readonly [TestValue, TestValue],
    ) => Promise<void>,
  ): Promise<void> {
    await withSource(harness, ["scan"], async (source) => {
      for (const type of harness.types) {
        for (const [at, value] of type.values.entries())
          if (value.sameAsPrevious === true)
            await check(source, type, [type.values[at - 1]!, value]);
      }
    });
  }

  async function pairIn(source: Offering<"scan">, type: TestType, pair: readonly TestValue[]) {
    const table = valued(
      harness,
      type,
      pair.map(({ write }, at) => [String(at + 1), write]),
    );
    return { request: over(await place(harness, source, table), table, ["v", "id"]) };
  }
}

interface TraitCase {
  readonly name: string;
  readonly protects: string;
  /** Whether the rows, in the source's order, show what the trait claims: else the harness proves nothing. */
  shows(rows: readonly RawRow[], type: TestType): boolean;
}

function trait(
  harness: ConformanceHarness,
  need: KeyTrait,
  { name, protects, shows }: TraitCase,
): CaseBody {
  return {
    name,
    protects,
    needs: ["scan", need],
    run: () =>
      withSource(harness, ["scan"], async (source) => {
        for (const type of harness.types.filter(({ traits }) => traits.includes(need))) {
          const rows = await pageThrough(harness, source, type, rowsOf(type));
          assert.deepEqual(
            new Set(comparable(rows).map(([, value]) => value)),
            new Set(comparable([type.values.map(({ read }) => read)])[0]),
            "values as they are declared",
          );
          assert.ok(shows(rows, type), `the values of ${type.native} show that it is ${need}`);
        }
      }),
  };
}

/** The rows in (value, id) order, read whole, in pages of every size, and from every row on: all must agree. */
async function pageThrough(
  harness: ConformanceHarness,
  source: Offering<"scan">,
  type: TestType,
  once: readonly (readonly string[])[],
): Promise<readonly RawRow[]> {
  const rows = [...once, ...once].map(([, write], at) => [String(at + 1), write!]);
  const table = valued(harness, type, rows);
  const request = over(await place(harness, source, table), table, ["v", "id"]);
  const whole = (await source.scan(request, calm())).rows;
  assert.deepEqual(firsts(whole).toSorted(byNumber), numbered(rows.length).map(Number));
  for (let pageRows = 2; pageRows <= rows.length; pageRows++)
    assert.deepEqual(
      firsts(await readAll(source, { ...request, pageRows })),
      firsts(whole),
      `${type.native}, pages of ${pageRows}`,
    );
  return whole;
}

/** Two texts that the source calls equal (they are declared so) and that differ in this way alone. */
const equalPair =
  (alike: (a: string, b: string) => boolean): TraitCase["shows"] =>
  (_rows, { values }) =>
    values.some(
      ({ read, sameAsPrevious }, at) =>
        sameAsPrevious === true && alike(String(values[at - 1]?.read), String(read)),
    );

const bare = (text: string) => text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();

/** The source's order of such texts is not the order of their code units. */
function isOtherOrder(rows: readonly RawRow[], kind: RegExp): boolean {
  const texts = rows.map(([, value]) => String(value)).filter((text) => kind.test(text));
  return texts.length > 1 && texts.join("\n") !== texts.toSorted().join("\n");
}

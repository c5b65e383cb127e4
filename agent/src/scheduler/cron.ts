import { validateDetailed } from "node-cron";
import { offsetAt } from "./zone-offset.ts";

/** The times that a cron expression names, as sets of local time fields. */
interface CronTable {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  matchesDay(year: number, month: number, day: number): boolean;
}

const dayMs = 86_400_000;
/** 29 February falls on a given day of the week at least once in 40 years. */
const farthestDays = 366 * 40;

/** Six fields, seconds first, single spaces. Five fields begin at minutes and get second 0. */
export function normaliseCron(expression: string): string {
  const fields = expression.trim().split(/\s+/);
  return (fields.length === 5 ? ["0", ...fields] : fields).join(" ");
}

/** What is wrong with an expression, in words; undefined when it can be used. */
export function cronProblem(
  expression: string,
): { readonly en: string; readonly zh: string } | undefined {
  const { valid, errors, fields } = validateDetailed(expression);
  const first = errors[0];
  if (!valid || fields === undefined)
    return first?.field === "expression" || first === undefined
      ? {
          en: "is not a cron expression of six fields: second minute hour day month weekday",
          zh: "不是六段 cron 表达式：秒 分 时 日 月 星期",
        }
      : {
          en: `has a wrong ${first.field} field: ${first.value}`,
          zh: `${fieldWords[first.field] ?? first.field}字段有误：${first.value}`,
        };
  const odd = [...fields.dayOfMonth.filter((day) => day !== "L"), ...fields.dayOfWeek].find(
    (day) => typeof day !== "number",
  );
  if (odd !== undefined)
    return {
      en: `cannot use ${odd}; days are numbers, names, ranges or L`,
      zh: `不支持 ${odd}，日期只用数字、名称、范围或 L`,
    };
  if (fields.dayOfMonth.length < 31 && fields.dayOfWeek.length < 7)
    return {
      en: "names days of the month and of the week; write * in one of the two, since programs disagree on what both mean",
      zh: "同时限定了日和星期，含义不明，请将其一写为 *",
    };
  if (nextRun(expression, "UTC", Date.UTC(2000, 0, 1)) === undefined)
    return { en: "names a day that never comes", zh: "所指日期不存在" };
  return undefined;
}

const fieldWords: Readonly<Record<string, string>> = {
  second: "秒",
  minute: "分",
  hour: "时",
  dayOfMonth: "日",
  month: "月",
  dayOfWeek: "星期",
};

/**
 * The first moment after `afterMs` (milliseconds since 1970 UTC) that the expression names in a zone; undefined when it
 * names none. Local times that a change to summer time leaves out happen at the change; those that occur twice happen
 * twice.
 */
export function nextRun(expression: string, timeZone: string, afterMs: number): number | undefined {
  const table = cronTable(expression);
  let from = (Math.floor(afterMs / 1000) + 1) * 1000;
  for (;;) {
    const offset = offsetAt(timeZone, from);
    const local = nextLocal(table, from + offset);
    if (local === undefined) return undefined;
    const moment = local - offset;
    if (offsetAt(timeZone, moment) === offset) return moment;
    const change = firstChange(timeZone, from, moment);
    if (local < change + offsetAt(timeZone, change)) return change;
    from = change;
  }
}

/** A site has few expressions and asks for them all the time. */
const tables = new Map<string, CronTable>();

function cronTable(expression: string): CronTable {
  const known = tables.get(expression);
  if (known !== undefined) return known;
  const table = parseTable(expression);
  tables.set(expression, table);
  return table;
}

function parseTable(expression: string): CronTable {
  const { fields } = validateDetailed(expression);
  if (fields === undefined) return { seconds: [], minutes: [], hours: [], matchesDay: () => false };
  const { second, minute, hour, dayOfMonth, month: months, dayOfWeek } = fields;
  return {
    seconds: ascending(second),
    minutes: ascending(minute),
    hours: ascending(hour),
    matchesDay: (year, month, day) =>
      months.includes(month) &&
      dayOfWeek.includes(new Date(Date.UTC(year, month - 1, day)).getUTCDay()) &&
      (dayOfMonth.includes(day) ||
        (dayOfMonth.includes("L") && day === new Date(Date.UTC(year, month, 0)).getUTCDate())),
  };
}

const ascending = (values: readonly number[]): readonly number[] =>
  [...new Set(values)].sort((a, b) => a - b);

/** The first matching wall-clock time at or after `localMs`, both counted as if they were UTC. */
function nextLocal(table: CronTable, localMs: number): number | undefined {
  let day = Math.floor(localMs / dayMs) * dayMs;
  for (let count = 0; count < farthestDays; count += 1, day += dayMs) {
    const date = new Date(day);
    if (!table.matchesDay(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()))
      continue;
    const time = nextTimeOfDay(table, Math.max(localMs - day, 0) / 1000);
    if (time !== undefined) return day + time * 1000;
  }
  return undefined;
}

function nextTimeOfDay(
  { hours, minutes, seconds }: CronTable,
  fromSeconds: number,
): number | undefined {
  for (const hour of hours) {
    if (hour * 3600 + 3599 < fromSeconds) continue;
    for (const minute of minutes) {
      if (hour * 3600 + minute * 60 + 59 < fromSeconds) continue;
      const found = seconds.find((second) => hour * 3600 + minute * 60 + second >= fromSeconds);
      if (found !== undefined) return hour * 3600 + minute * 60 + found;
    }
  }
  return undefined;
}

/** The first second in (from, to] at which the zone's offset is no longer that of `from`. */
function firstChange(timeZone: string, from: number, to: number): number {
  const offset = offsetAt(timeZone, from);
  let [before, after] = [from / 1000, Math.ceil(to / 1000)];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(timeZone, middle * 1000) === offset) before = middle;
    else after = middle;
  }
  return after * 1000;
}

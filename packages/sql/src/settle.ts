import { QianzhiError, type Column, type Horizon } from "@qianzhi/sdk";

/**
 * The horizon of a source that cannot say more: its own clock less the settle time, rounded down to what the column
 * can hold. `now` is the text of a `datetime`. QZ_CURSOR_TYPE for a column that holds no date or date and time.
 */
export function settleHorizon(now: string, settleMs: number, column: Column): Horizon {
  if (column.type !== "date" && column.type !== "datetime") {
    throw new QianzhiError("QZ_CURSOR_TYPE", { column: column.name, type: column.native });
  }
  // The text is read as if it were UTC: only differences count, so no zone with its jumps enters.
  const settled = new Date(
    Date.parse(`${now.slice(0, 10)}T${now.slice(11, 23)}Z`) - settleMs,
  ).toISOString();
  const fraction = Math.min(column.fraction ?? 0, 3);
  const time = settled.slice(11, fraction === 0 ? 19 : 20 + fraction);
  const date = settled.slice(0, 10);
  return {
    below: column.type === "date" ? date : `${date} ${time}`,
    exact: false,
    because: "unsupported",
  };
}

/**
 * Whether a piece of SQL ends where it is put: its parentheses pair up, and no quote or comment stays open. What does
 * not would take what follows it into itself, or leave the parentheses around it: `id = 1) OR (1 = 1` silently breaks
 * the range of every page. Databases differ in what a backslash, `#` and `[` mean: one reading that holds is enough, since
 * this is about mistakes; the text is the site's own.
 */
export const isClosedSql = (sql: string): boolean => readings.some((marks) => closes(sql, marks));

/** The marks that have a meaning of their own in a reading. */
const readings = ["", "\\", "#", "\\#", "["];

function closes(sql: string, marks: string): boolean {
  let depth = 0;
  for (let at = 0; at < sql.length; at += 1) {
    const here = sql[at] ?? "";
    const two = sql.slice(at, at + 2);
    if (`'"\`${marks.includes("[") ? "[" : ""}`.includes(here)) {
      const end = closingQuote(sql, at, marks.includes("\\"));
      if (end === undefined) return false;
      at = end;
    } else if (two === "--" || (here === "#" && marks.includes("#"))) {
      const end = sql.indexOf("\n", at);
      if (end < 0) break;
      at = end;
    } else if (two === "/*") {
      const end = sql.indexOf("*/", at + 2);
      if (end < 0) return false;
      at = end + 1;
    } else if (here === "(") depth += 1;
    else if (here === ")") {
      depth -= 1;
      if (depth < 0) return false;
    }
  }
  return depth === 0;
}

/** A doubled quote stands for itself: it closes and opens again. */
function closingQuote(sql: string, start: number, backslash: boolean): number | undefined {
  const end = sql[start] === "[" ? "]" : sql[start];
  for (let at = start + 1; at < sql.length; at += 1) {
    if (backslash && sql[at] === "\\") at += 1;
    else if (sql[at] === end) return at;
  }
  return undefined;
}

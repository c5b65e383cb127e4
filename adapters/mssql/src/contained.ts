/** What matters between two parentheses: quoted text, quoted names, comments, and what opens or closes. */
const token = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\[(?:[^\]]|\]\])*\]|--[^\n]*|\/\*|[()'"[]|;(?=\s*\S)/g;

/**
 * True for a predicate or query that stays within the parentheses put around it. One that closed them could go on with
 * another statement, since no session of this server can be made read-only.
 */
export function contained(sql: string): boolean {
  let depth = 0;
  token.lastIndex = 0;
  for (let found = token.exec(sql); found !== null; found = token.exec(sql)) {
    const [text] = found;
    if (text === "/*") {
      const end = endOfComment(sql, token.lastIndex);
      if (end === undefined) return false;
      token.lastIndex = end;
    } else if (text === "(") depth++;
    else if (text === ")") depth--;
    // A quote that is not closed, or the end of a statement.
    else if (text.length === 1) return false;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** Where a comment ends that began before `from`; they nest. */
function endOfComment(sql: string, from: number): number | undefined {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = from;
  let open = 1;
  for (let found = mark.exec(sql); found !== null; found = mark.exec(sql)) {
    open += found[0] === "/*" ? 1 : -1;
    if (open === 0) return mark.lastIndex;
  }
  return undefined;
}

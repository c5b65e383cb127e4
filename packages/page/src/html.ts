/** A piece of HTML, as opposed to a text that must be escaped first. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | readonly Html[];

const escaped = (text: string): string =>
  text.replace(
    /[&<>"']/g,
    (character) =>
      ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[character] ?? "",
  );

function inserted(part: Part): string {
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return escaped(part);
  return "html" in part ? part.html : part.map(({ html }) => html).join("");
}

/** Everything inserted is escaped, unless it is HTML already. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: strings.reduce((whole, string, at) => whole + inserted(parts[at - 1] ?? "") + string),
});

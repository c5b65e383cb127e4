import { html, type Html } from "./html.ts";

/** A column of a table, by the key of the text above it. */
export interface Column<K extends string> {
  readonly head: K;
  readonly isNumber?: true;
}

/**
 * A table that scrolls by itself where the window is narrow, also by the keyboard. `name` is the key of what a
 * screen reader calls it; texts in cells are escaped.
 */
export function table<K extends string>(
  t: (key: K) => string,
  name: K,
  columns: readonly Column<K>[],
  rows: readonly (readonly (Html | string | number)[])[],
): Html {
  const classOf = ({ isNumber }: Column<K>): Html => (isNumber ? html` class="number"` : html``);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${t(name)}">
    <table>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col" ${classOf(column)}>${t(column.head)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, at) => html`<td${classOf(columns[at]!)}>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

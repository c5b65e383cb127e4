import type { Language } from "@qianzhi/sdk";
import { html, type Html } from "./html.ts";
import { pageText, type PageText } from "./page-texts.ts";

export interface Column {
  readonly head: PageText;
  readonly isNumber?: true;
}

/** A table that scrolls by itself where the window is narrow, also by the keyboard. */
export function table(
  language: Language,
  heading: PageText,
  columns: readonly Column[],
  rows: readonly (readonly (Html | string | number)[])[],
): Html {
  const classOf = ({ isNumber }: Column): Html => (isNumber ? html` class="number"` : html``);
  return html`<div
    class="scroll"
    tabindex="0"
    role="region"
    aria-label="${pageText(language, heading)}"
  >
    <table>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col" ${classOf(column)}>${pageText(language, column.head)}</th>`)}
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

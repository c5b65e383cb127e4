import type { Language } from "@qianzhi/sdk";
import { html, type Html } from "./html.ts";
import type { PageText } from "./page-texts.ts";

/** In whose language and zone a page speaks. */
export interface Words {
  readonly language: Language;
  t(key: PageText, details?: Readonly<Record<string, string | number>>): string;
  time(iso: string | null): string;
}

export interface Column {
  readonly head: PageText;
  readonly isNumber?: true;
}

/** A table that scrolls by itself where the window is narrow, also by the keyboard. */
export function table(
  { t }: Words,
  heading: PageText,
  columns: readonly Column[],
  rows: readonly (readonly (Html | string | number)[])[],
): Html {
  const classOf = ({ isNumber }: Column): Html => (isNumber ? html` class="number"` : html``);
  return html`<h2>${t(heading)}</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="${t(heading)}">
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

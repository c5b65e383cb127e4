import type { Language } from "@qianzhi/sdk";
import { html, type Html } from "./html.ts";

export interface Frame {
  readonly language: Language;
  /** Of the window; the page's own name unless said. */
  readonly title?: string;
  readonly name: string;
  /** As of when the page speaks. */
  readonly asOf: string;
  /** The other language's name for itself. */
  readonly other: string;
  /** Shown when whoever serves the page does not answer any more. */
  readonly silent: string;
  readonly main: Html;
}

/** The whole document around what a page says. It asks for nothing but `page.css` and `page.js` beside it. */
export function framed({ language, title, name, asOf, other, silent, main }: Frame): string {
  const [own, its] = language === "zh" ? ["zh-CN", "en"] : ["en", "zh-CN"];
  return html`<!doctype html>
    <html lang="${own}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title ?? name}</title>
        <link rel="stylesheet" href="page.css" />
        <link rel="icon" href="data:," />
        <script src="page.js" defer></script>
      </head>
      <body>
        <header>
          <h1>${name}</h1>
          <p id="as-of">${asOf}</p>
          <a href="?lang=${its.slice(0, 2)}" lang="${its}">${other}</a>
          <p id="silent" role="alert" hidden>${silent}</p>
        </header>
        <main>${main}</main>
        <footer></footer>
      </body>
    </html> `.html;
}

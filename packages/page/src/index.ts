export { framed, type Frame } from "./frame.ts";
export { pageHeaders } from "./headers.ts";
export { html, type Html } from "./html.ts";
export { renewingScript } from "./script.ts";
export { style } from "./style.ts";
export { table, type Column } from "./table.ts";
export { pageTextOf, type PageText, type PageTexts } from "./texts.ts";

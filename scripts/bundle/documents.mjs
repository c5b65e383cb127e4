import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../process/run-command.mjs";

/** What is written for people: docs/, and the pages to which it leads, such as the grants that an adapter needs. */
export function documents() {
  const places = ["adapters", "examples", "packages", "targets"].flatMap((part) =>
    readdirSync(join(root, part)).map((name) => `${part}/${name}`),
  );
  return ["docs", ...pagesIn(""), ...places.flatMap((place) => pagesIn(`${place}/`))];
}

const pagesIn = (place) =>
  readdirSync(join(root, place))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${place}${name}`);

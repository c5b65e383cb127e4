import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * The licences of everything in a bundle as one text: each package once, with the text that it carries or else the name
 * of its licence. `others` are what is no package of the application: `{ title, folder }`.
 */
export function licences(application, others) {
  const packages = packagesIn(join(application, "node_modules")).map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(folder, "package.json"), "utf8"),
    );
    return { title: `${name} ${version}`, folder, license };
  });
  const seen = new Map([...others, ...packages].map((each) => [each.title, each]));
  return [...seen.values()].map(part).join("\n");
}

function part({ title, folder, license }) {
  const texts = readdirSync(folder)
    .filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
    .map((name) => readFileSync(join(folder, name), "utf8").trim());
  return `${"=".repeat(78)}\n${title}\n\n${texts.join("\n\n") || `Licence: ${license ?? "not stated"}`}\n`;
}

function packagesIn(modules) {
  return readdirSync(modules, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .flatMap(({ name }) =>
      name.startsWith("@") ? readdirSync(join(modules, name)).map((own) => `${name}/${own}`) : name,
    )
    .flatMap((name) => {
      const folder = join(modules, name);
      const nested = join(folder, "node_modules");
      return [
        ...(existsSync(join(folder, "package.json")) ? [folder] : []),
        ...(existsSync(nested) ? packagesIn(nested) : []),
      ];
    });
}

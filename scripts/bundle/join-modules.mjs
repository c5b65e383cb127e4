import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";

/** What sources are read with, and the platform to try: loaded where they are used, natives among them. */
const apart = ["@photostructure/sqlite", "dmdb", "fastify", "mysql2", "oracledb", "pg", "tedious"];

/**
 * Joins the modules of our packages in `modules`, and the plain libraries they stand on, into a few files: a quarter of the
 * memory of an agent at rest was the text of a thousand files and what they load. Each package keeps its entry, and what
 * packages share is one module still, so that an adapter of somebody else gets the agent's own `@qianzhi/sdk`. Names stay
 * as they are, for stack traces.
 */
export async function joinModules(modules) {
  const scope = join(modules, "@qianzhi");
  const packages = readdirSync(scope);
  const { outputFiles } = await build({
    entryPoints: [
      ...packages.map((name) => join(scope, name, "dist/src/index.js")),
      join(scope, "agent/dist/src/cli/main.js"),
    ],
    outbase: scope,
    outdir: scope,
    chunkNames: "parts/[name]-[hash]",
    bundle: true,
    splitting: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20.19",
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 160,
    // LICENCES.txt has them whole.
    legalComments: "none",
    external: apart,
    // Libraries in CommonJS require what is Node's own.
    banner: {
      js: 'import{createRequire as $createRequire}from"node:module";const require=$createRequire(import.meta.url);',
    },
    plugins: [withoutUndici],
  });
  for (const name of packages)
    for (const file of readdirSync(join(scope, name, "dist"), { recursive: true }))
      if (file.endsWith(".js")) rmSync(join(scope, name, "dist", file));
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, asAscii(text));
  }
}

/** One character beyond Latin-1 has V8 keep the whole file in two bytes each; the builder leaves those of regular expressions. */
const asAscii = (text) =>
  text.replace(
    /[^\0-\x7f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/**
 * Keeps Node's own HTTP client and HTTP/2, which nothing of ours uses, from being loaded: an ES module that imports
 * `node:http` reads all it exports, and axios looks at `FormData` and `Request`.
 */
const withoutUndici = {
  name: "without-undici",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?(http|https|http2)$/ }, ({ path, kind }) =>
      kind === "import-statement" ? { path, namespace: "required" } : undefined,
    );
    onLoad({ filter: /./, namespace: "required" }, ({ path }) => ({
      contents: path.endsWith("http2")
        ? "module.exports = {}"
        : `module.exports = process.getBuiltinModule("${path}")`,
    }));
    onLoad({ filter: /[\\/]axios[\\/]lib[\\/]adapters[\\/]fetch\.js$/ }, () => ({
      contents: "export const getFetch = undefined;",
    }));
    onLoad({ filter: /[\\/]axios[\\/]lib[\\/]utils\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const look = "typeof G.FormData !== 'undefined' ? G.FormData : undefined";
      if (!text.includes(look)) throw new Error(`${path} looks at FormData in another way`);
      return { contents: text.replace(look, "undefined") };
    });
  },
};

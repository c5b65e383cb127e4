import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { none } from "./architecture/none.ts";
import {
  codeOf,
  exists,
  filesBelow,
  importsOf,
  read,
  sourceFiles,
  workspacePackages,
} from "./architecture/workspace.ts";

/** Which packages of ours a package's sources may depend on; whoever is not named here may use the public ones. */
const direction: Readonly<Record<string, readonly string[]>> = {
  "@qianzhi/sdk": [],
  "@qianzhi/sql": ["@qianzhi/sdk"],
  "@qianzhi/exchange": ["@qianzhi/sdk"],
  "@qianzhi/adapter-testkit": ["@qianzhi/sdk"],
  "@qianzhi/page": ["@qianzhi/sdk"],
  "@qianzhi/sandbox": ["@qianzhi/sdk", "@qianzhi/page"],
  "@qianzhi/agent": ["@qianzhi/sdk", "@qianzhi/exchange", "@qianzhi/page"],
};
const adapterMayUse = ["@qianzhi/sdk", "@qianzhi/sql"];
const targetMayUse = ["@qianzhi/sdk"];

const packages = workspacePackages();
const published = packages.filter(({ manifest }) => manifest.private !== true);
const sources = published.flatMap(({ folder }) => sourceFiles(`${folder}/src`));
const allCode = [
  ...packages.flatMap(({ folder }) => sourceFiles(folder)),
  ...sourceFiles("scripts"),
];

function ours(names: Iterable<string>): readonly string[] {
  return [...names].filter((name) => name.startsWith("@qianzhi/"));
}

function linesMatching(
  files: readonly { path: string; text: string }[],
  pattern: RegExp,
): readonly string[] {
  return files.flatMap((file) =>
    codeOf({ ...file })
      .split("\n")
      .flatMap((line, index) =>
        pattern.test(line) ? [`${file.path}:${index + 1}: ${line.trim()}`] : [],
      ),
  );
}

describe("packages", () => {
  test("depend on each other in the allowed direction only", () => {
    none(
      published.flatMap(({ folder, manifest }) => {
        const allowed = folder.startsWith("adapters/")
          ? adapterMayUse
          : folder.startsWith("targets/")
            ? targetMayUse
            : (direction[manifest.name] ?? []);
        return ours(Object.keys(manifest.dependencies ?? {}))
          .filter((name) => !allowed.includes(name))
          .map((name) => `${manifest.name} may not depend on ${name}`);
      }),
    );
  });

  test("import only what their package.json names, and only public entry points", () => {
    none(
      packages.flatMap(({ folder, manifest }) =>
        sourceFiles(folder).flatMap((file) => {
          const isSource = file.path.startsWith(`${folder}/src/`) && manifest.private !== true;
          const { dependencies, devDependencies, peerDependencies } = manifest;
          const named = {
            ...dependencies,
            ...peerDependencies,
            ...(isSource ? {} : devDependencies),
          };
          return importsOf(file)
            .filter((name) => !/^(\.|node:|#)/.test(name))
            .filter(
              (name) =>
                !(packageName(name) in named) ||
                (name.startsWith("@qianzhi/") && name !== packageName(name)),
            )
            .map((name) => `${file.path} imports ${name}`);
        }),
      ),
    );
  });

  test("reference in tsconfig.json what they import of ours, and nothing they do not depend on", () => {
    const folderOf = new Map(packages.map(({ folder, manifest }) => [manifest.name, folder]));
    const foldersOf = (names: Iterable<string>): readonly string[] =>
      ours(names).flatMap((name) => folderOf.get(name) ?? []);
    none(
      packages.flatMap(({ folder, manifest, references }) => {
        if (!exists(`${folder}/tsconfig.json`)) return [];
        const allowed = foldersOf(
          Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }),
        );
        const imported = sourceFiles(folder).filter(({ path }) => path.endsWith(".ts"));
        const needed = foldersOf(new Set(imported.flatMap(importsOf).map(packageName)));
        return [
          ...references
            .filter((each) => !allowed.includes(each))
            .map((each) => `${folder} need not reference ${each}`),
          ...needed
            .filter((each) => each !== folder && !references.includes(each))
            .map((each) => `${folder} must reference ${each}`),
        ];
      }),
    );
  });

  test("are all compiled by the root tsconfig.json", () => {
    const { references } = JSON.parse(read("tsconfig.json")) as {
      references: readonly { path: string }[];
    };
    const compiled = packages
      .filter(({ folder }) => exists(`${folder}/tsconfig.json`))
      .map(({ folder }) => folder);
    assert.deepEqual(
      references.map(({ path }) => path.replace(/^\.\//, "")).sort(),
      [...compiled].sort(),
    );
  });

  test("have a README, an index and tests", () => {
    none(
      published.flatMap(({ folder }) => [
        ...["README.md", "src/index.ts"]
          .filter((file) => !exists(`${folder}/${file}`))
          .map((file) => `${folder}/${file} is missing`),
        ...(filesBelow(`${folder}/test`).some((path) => path.endsWith(".test.ts"))
          ? []
          : [`${folder} has no test`]),
      ]),
    );
  });

  test("export only their index, and link to each other by plain versions", () => {
    none(
      published.flatMap(({ folder, manifest }) => [
        ...Object.keys(manifest.exports ?? {})
          .filter((entry) => entry !== ".")
          .map((entry) => `${folder} exports ${entry}`),
        ...Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
          .filter(([, version]) => !/^[\^~]?\d+\.\d+\.\d+/.test(version))
          .map(([name, version]) => `${folder}: ${name} ${version}`),
      ]),
    );
  });

  test("agree on the version of each third-party package", () => {
    const versions = new Map<string, Set<string>>();
    for (const { manifest } of packages) {
      for (const [name, version] of Object.entries({
        ...manifest.dependencies,
        ...manifest.devDependencies,
      })) {
        versions.set(name, (versions.get(name) ?? new Set()).add(version));
      }
    }
    none(
      [...versions]
        .filter(([, set]) => set.size > 1)
        .map(([name, set]) => `${name}: ${[...set].join(", ")}`),
    );
  });
});

describe("files", () => {
  test("are named after what they hold", () => {
    const vague =
      /(^|[-.])(utils?|helpers?|managers?|common|misc|factory|impl|shared|base|stuff)([-.]|$)/;
    none(
      allCode
        .map(({ path }) => path)
        .filter((path) => {
          const name = path.slice(path.lastIndexOf("/") + 1);
          return (
            vague.test(name) ||
            !/^[a-z0-9][a-z0-9.-]*$/.test(name) ||
            /\/(utils|helpers|common|misc)\//.test(path)
          );
        }),
    );
  });

  test("have 320 lines at most, tests 400", () => {
    none(
      allCode
        .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
        .filter(({ path, lines }) => lines > (path.includes("/test/") ? 400 : 320))
        .map(({ path, lines }) => `${path}: ${lines} lines`),
    );
  });

  test("never export everything of another", () => none(linesMatching(sources, /^\s*export \*/)));

  test("throw QianzhiError only", () => {
    none(
      linesMatching(
        sources,
        /\bnew (Type|Range|Syntax|Aggregate)?Error\(|\bPromise\.reject\((?!\w)/,
      ),
    );
  });

  test("hold no any", () => {
    none(linesMatching(sources, /(:|\bas|<|\||=>) ?any\b(?! \w)/));
  });

  test("leave clocks, chance and the console to the composition roots", () => {
    // The conformance suite is a test, though a published one; the page's script runs in a browser.
    const roots =
      /^agent\/src\/(world|cli)\/|^packages\/page\/src\/script\.ts$|^packages\/adapter-testkit\/|\/real-world\.ts$/;
    const world =
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\b(set|clear)(Timeout|Interval|Immediate)\b|\bconsole\.|\bperformance\.|\bhrtime\b/;
    none(
      linesMatching(
        sources.filter(({ path }) => !roots.test(path)),
        world,
      ),
    );
  });

  test("leave nothing to do later", () => {
    const later = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X"].join("|")})\\b`);
    none(allCode.flatMap(({ path, text }) => (later.test(text) ? [path] : [])));
  });

  test("name no machine's paths and no registry", () => {
    const machine = new RegExp(
      `(^|[\\s"'\`(=:])/(${["work", "root", "home", "Users"].join("|")})/`,
      "m",
    );
    const texts = filesBelow("").filter((path) =>
      /\.(ts|mts|js|mjs|json|yaml|yml|md|sh)$|rc$/.test(path),
    );
    none(texts.filter((path) => machine.test(read(path))));
    none(
      read("pnpm-lock.yaml")
        .split("\n")
        .filter((line) => /tarball:|https?:\/\/[^/]*registr/.test(line)),
    );
    none(
      read(".npmrc")
        .split("\n")
        .filter((line) => /registry/.test(line)),
    );
  });
});

function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

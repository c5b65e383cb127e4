// One archive a platform that runs on a machine without network, npm or compiler; see docs/deploy.md.
import "./process/node-version.mjs";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { adapters, installApplication } from "./bundle/application.mjs";
import { documents } from "./bundle/documents.mjs";
import { platforms, serviceWrapper } from "./bundle/platforms.mjs";
import { registryPackage } from "./bundle/registry-package.mjs";
import { readOptions, wrongUse } from "./process/read-options.mjs";
import { root } from "./process/run-command.mjs";
import { setUp } from "./setup.mjs";

const usage = `Usage: npm run bundle -- [options]

Writes one archive a platform that runs without network, npm or compiler.

  --platform NAME  may be repeated (default all):
                   ${Object.keys(platforms).join(", ")}
  --adapter NAME   may be repeated (default all):
                   ${adapters.join(", ")}
  --out FOLDER     where they are written (default bundles)`;
const { values } = readOptions(usage, {
  platform: { type: "string", multiple: true, default: Object.keys(platforms) },
  adapter: { type: "string", multiple: true, default: adapters },
  out: { type: "string", default: join(root, "bundles") },
});
const say = (line) => process.stdout.write(`${line}\n`);

process.exitCode = await bundle(values.platform, values.adapter, resolve(values.out));

async function bundle(chosen, chosenAdapters, out) {
  const unknown = [
    ...chosen.filter((name) => platforms[name] === undefined),
    ...chosenAdapters.filter((name) => !adapters.includes(name)),
  ];
  if (unknown.length > 0) wrongUse(`Not known: ${unknown.join(", ")}`, usage);
  if (!(await setUp({ say }))) return 1;
  // Only now is everything there that they import.
  const { archive, checksum } = await import("./bundle/archive.mjs");
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), "qianzhi-bundle-"));
  try {
    say("Bundle: installing the application …");
    const application = join(work, "app");
    const bill = await installApplication(application, chosenAdapters);
    for (const platform of chosen) {
      const name = `qianzhi-${bill.metadata.component.version}-${platform}`;
      await lay({ folder: join(work, name), platform, application, bill });
      const path = join(out, `${name}${platform.startsWith("win") ? ".zip" : ".tar.gz"}`);
      await archive(work, name, path);
      writeFileSync(`${path}.sha256`, checksum(path, path.split(/[/\\]/).at(-1)));
      rmSync(join(work, name), { recursive: true });
      say(`Bundle: ${path} (${Math.ceil(readFileSync(path).length / 1e6)} MB)`);
    }
    return 0;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Lays out the folder that an archive unpacks to. */
async function lay({ folder, platform, application, bill }) {
  const { checksum, filesBelow } = await import("./bundle/archive.mjs");
  const { licences } = await import("./bundle/licences.mjs");
  const { runtime, program, machine } = platforms[platform];
  const isWindows = platform.startsWith("win");
  const runtimeFolder = await registryPackage(runtime);
  const wrapperFolder = isWindows ? await registryPackage(serviceWrapper) : undefined;
  cpSync(application, join(folder, "app"), { recursive: true });
  for (const part of ["LICENSE", ...documents()])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  const own = join(root, "agent/install", isWindows ? "windows" : "linux");
  cpSync(own, folder, { recursive: true });
  if (isWindows) asWindowsReads(folder, filesBelow(own));
  mkdirSync(join(folder, "runtime"));
  const node = join(folder, "runtime", isWindows ? "node.exe" : "node");
  cpSync(join(runtimeFolder, program), node);
  if (wrapperFolder !== undefined)
    cpSync(
      join(wrapperFolder, `bin/shawl-v${serviceWrapper.version}-win64.exe`),
      join(folder, "runtime/shawl.exe"),
    );
  writeFileSync(
    join(folder, "release"),
    `version=${bill.metadata.component.version}\nplatform=${platform}\nmachine=${machine}\n`,
  );
  const others = [
    { ...runtime, title: `Node.js ${runtime.version}`, folder: runtimeFolder, license: "MIT" },
    ...(wrapperFolder === undefined
      ? []
      : [{ ...serviceWrapper, title: `Shawl ${serviceWrapper.version}`, folder: wrapperFolder }]),
  ];
  writeFileSync(join(folder, "LICENCES.txt"), licences(join(folder, "app"), others));
  writeFileSync(
    join(folder, "sbom.cdx.json"),
    `${JSON.stringify(withParts(bill, others), null, 2)}\n`,
  );
  if (!isWindows)
    for (const file of ["install.sh", "bin/qianzhi", "runtime/node"])
      chmodSync(join(folder, file), 0o755);
  const sums = filesBelow(folder).map((file) => checksum(join(folder, file), file));
  writeFileSync(join(folder, "SHA256SUMS"), sums.join(""));
}

/** Command files with its line ends, and texts in UTF-16, which `type` shows on a console of any code page. */
function asWindowsReads(folder, files) {
  for (const file of files.filter((name) => /\.(cmd|txt)$/.test(name))) {
    const text = readFileSync(join(folder, file), "utf8").replaceAll("\n", "\r\n");
    const isText = file.endsWith(".txt");
    writeFileSync(join(folder, file), isText ? `\ufeff${text}` : text, isText ? "utf16le" : "utf8");
  }
}

function withParts(bill, parts) {
  return {
    ...bill,
    components: [
      ...bill.components,
      ...parts.map(({ name, version, title }) => ({
        type: "application",
        "bom-ref": `${name}@${version}`,
        name: title.replace(/ [^ ]*$/, ""),
        version,
        purl: `pkg:npm/${name}@${version}`,
      })),
    ],
  };
}

import { generateKeyPairSync } from "node:crypto";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const template = fileURLToPath(new URL("../../site", import.meta.url));

interface Site {
  readonly port: number;
  readonly pagePort: number;
  /** With which the platform takes the site's key and descriptors. */
  readonly enrolmentToken: string;
}

/** A fresh folder with the site's configuration, its descriptors and a new key: all that a command given there needs. */
export async function createSite(
  folder: string,
  { port, pagePort, enrolmentToken }: Site,
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "secrets"), { recursive: true });
  await cp(template, folder, { recursive: true });
  const file = join(folder, "qianzhi.yaml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("PORT", String(port)).replace("PAGE", String(pagePort)));
  const { privateKey } = generateKeyPairSync("ed25519");
  await writeFile(
    join(folder, "secrets/site-key.pem"),
    privateKey.export({ type: "pkcs8", format: "pem" }),
    { mode: 0o600 },
  );
  await writeFile(join(folder, "secrets/enrolment-token"), enrolmentToken, { mode: 0o600 });
}

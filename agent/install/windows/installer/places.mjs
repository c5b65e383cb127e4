import { join } from "node:path";
import { textOf } from "./verify.mjs";

const { ProgramW6432, ProgramFiles, ProgramData } = process.env;

/** The folder of the bundle that this is part of. */
export const here = join(import.meta.dirname, "..");
export const prefix = join(ProgramW6432 ?? ProgramFiles, "Qianzhi");
/** Configuration, keys and data. */
export const site = join(ProgramData, "Qianzhi");
/** What runs. It is moved as a whole, so that the service and the command keep their paths. */
export const program = join(prefix, "program");
/** What a rollback brings back. */
export const previous = join(prefix, "previous");
/** For the operator, beside the program. */
export const command = join(prefix, "qianzhi.cmd");

/** Of the program in a folder; undefined where there is none. */
export const versionIn = (folder) => /^version=(.*)$/m.exec(textOf(join(folder, "release")))?.[1];

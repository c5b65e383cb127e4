import { QianzhiError } from "@qianzhi/sdk";
import { STORE_FILE } from "./damage.ts";

/** JSON as the store holds it. Throws QZ_STORE_CORRUPT when it is none: nobody has written it so. */
export function storedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new QianzhiError("QZ_STORE_CORRUPT", { path: STORE_FILE }, { cause: error });
  }
}

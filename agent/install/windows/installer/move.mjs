import { renameSync } from "node:fs";
import { pause } from "./pause.mjs";
import { refuse } from "./words.mjs";

/** Somebody may look into a folder, a virus scanner for one: for so long it is waited for. */
const MOST_MS = 15_000;
const AGAIN_MS = 500;

/** Gives a folder another name. Refuses where it stays in use. */
export function move(from, to) {
  for (let waited = 0; ; waited += AGAIN_MS)
    try {
      return renameSync(from, to);
    } catch (error) {
      if (waited >= MOST_MS)
        refuse(
          "QZ_INSTALL_FAILED",
          `${from} is in use (${error.code}): close the windows and end the commands that use it, then run this again.`,
          `${from} 正在使用中（${error.code}）：请关闭使用它的窗口和命令，再重新运行。`,
        );
      pause(AGAIN_MS);
    }
}

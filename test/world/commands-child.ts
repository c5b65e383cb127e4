// Runs commands of the agent one after the other in one process, each as `bin/qianzhi.js` would: its words and its
// environment come as messages, the end of each is answered.
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { root } from "../architecture/workspace.ts";

const { main } = (await import(pathToFileURL(join(root, "agent/dist/src/cli/main.js")).href)) as {
  readonly main: () => Promise<void>;
};

process.on(
  "message",
  ({ words, env }: { readonly words: readonly string[]; readonly env: NodeJS.ProcessEnv }) => {
    Object.assign(process.env, env);
    process.argv.splice(2, Infinity, ...words);
    void main().then(() => process.send?.("done"));
  },
);

// Carries out commands one after the other in one process, each as `bin/qianzhi.js` would in one of its own: words,
// directory and environment come as a message, and what the command printed and its exit code are the answer.
import { main } from "../src/cli/main.ts";

// Each command listens on them, as if it were the only one.
for (const emitter of [process, process.stdout, process.stderr]) emitter.setMaxListeners(0);

interface Command {
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

process.on("message", (command: Command) => void carryOut(command));

async function carryOut({ words, cwd, env }: Command): Promise<void> {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.argv.splice(2, Infinity, ...words);
  process.exitCode = undefined;
  const printed = { out: "", error: "" };
  const stdout = collect(process.stdout, (text) => (printed.out += text));
  const stderr = collect(process.stderr, (text) => (printed.error += text));
  await main();
  stdout();
  stderr();
  process.send?.({ code: process.exitCode ?? 0, ...printed });
}

/** Until the returned function is called. */
function collect(stream: NodeJS.WriteStream, take: (text: string) => void): () => void {
  const write = stream.write;
  stream.write = (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | ((failure?: Error) => void),
    done?: (failure?: Error) => void,
  ): boolean => {
    take(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString());
    const end = typeof encoding === "function" ? encoding : done;
    if (end !== undefined) queueMicrotask(() => end());
    return true;
  };
  return () => void (stream.write = write);
}

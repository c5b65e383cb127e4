import { testHost, type TestHostOptions } from "@qianzhi/adapter-testkit";
import type { ScanRequest, Source } from "@qianzhi/sdk";
import program, { type ProcessOptions } from "../src/index.ts";

/**
 * A program in JavaScript that answers as a test says: `answers` is the body of `(request, say, answer) => …`, where
 * `say` writes a line as it is and `answer` answers the request with a result. Whatever it does not return from is answered
 * as it should be: `open` with `hello`, other requests with an error.
 */
export function fakeProgram(
  answers: string,
  options: Partial<ProcessOptions> = {},
): ProcessOptions {
  const script = `
    const hello = { protocol: 1, contract: 1, methods: ["scan", "list", "changes", "maximum"], concurrent: 4 };
    const say = (line) => process.stdout.write(typeof line === "string" ? line : JSON.stringify(line) + "\\n");
    require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      const request = JSON.parse(line);
      const answer = (result) => say({ id: request.id, result });
      ${answers}
      if (request.method === "open") return answer(hello);
      if (request.method === "close") process.exit(0);
      if (request.id) say({ id: request.id, error: { code: "QZ_NONE" } });
    });`;
  return { command: process.execPath, args: ["-e", script], ...options };
}

export const openFake = (
  answers: string,
  options: Partial<ProcessOptions> = {},
  host: TestHostOptions = {},
): Promise<Source> => program.open(fakeProgram(answers, options), testHost(host));

export const calm = (): AbortSignal => new AbortController().signal;

export const page: ScanRequest = {
  relation: { table: ["t"] },
  columns: [{ name: "id" }, { name: "v" }],
  order: ["id"],
  pageRows: 3,
};

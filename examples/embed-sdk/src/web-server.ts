import { createServer, type Server } from "node:http";
import { openProgram, type ProgramOptions } from "./open-program.ts";

export interface WebServer {
  readonly server: Server;
  /** Answers what is under way, ends delivery, closes the stores. What is not delivered yet waits for the next start. */
  stop(): Promise<void>;
}

/**
 * The same office as a web server. Delivery runs in the background for as long as the server does; a request is answered when
 * its business is committed, and what it changed is in the outbox a moment later.
 *
 * `PUT /permits/SP-001` with `{"holder", "valid_until"}` grants, `DELETE /permits/SP-001` revokes.
 */
export async function startWebServer(
  options: ProgramOptions & { port: number },
): Promise<WebServer> {
  const program = await openProgram(options);
  const { office, permits, exchange } = program;
  exchange.start();
  // What a crash left between commit and publish.
  await permits.drain(office.intents);

  const server = createServer((request, response) => {
    const number = decodeURIComponent(request.url?.split("/")[2] ?? "");
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      try {
        if (request.method === "DELETE") office.revoke(number);
        else {
          const { holder, valid_until: until } = JSON.parse(
            String(Buffer.concat(chunks)),
          ) as Record<string, string>;
          office.grant({
            permit_number: number,
            holder: holder ?? "",
            valid_until: until ?? "",
            inspector: "网上办理",
          });
        }
        response.writeHead(204).end();
      } catch {
        response.writeHead(400).end();
        return;
      }
      // A failure here loses nothing: the intent stays and the next request or start drains it.
      void permits.drain(office.intents).catch((error: unknown) => console.error(String(error)));
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port, "127.0.0.1", resolve));
  return {
    server,
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      });
      await permits.drain(office.intents);
      await program.close();
    },
  };
}

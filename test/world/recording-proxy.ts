import { createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import * as zlib from "node:zlib";

/** Stands between an agent and a platform and keeps every byte that the agent sends, as it is and unpacked. */
export interface RecordingProxy extends AsyncDisposable {
  readonly url: string;
  /** Request lines, headers and bodies, and the answers' bodies. */
  readonly seen: readonly Buffer[];
}

export async function recordingProxy(platform: string): Promise<RecordingProxy> {
  const { hostname, port } = new URL(platform);
  const seen: Buffer[] = [];
  const server = createServer((asked, answer) => {
    void bodyOf(asked).then((body) => {
      const { method = "", url = "", headers } = asked;
      seen.push(Buffer.from(`${method} ${url} ${JSON.stringify(headers)}`), body);
      seen.push(unpacked(body, headers["content-encoding"]));
      const options = { host: hostname, port, method, path: url, headers };
      const forwarded = request(options, (response) => {
        void bodyOf(response).then((content) => {
          seen.push(content, unpacked(content, response.headers["content-encoding"]));
          answer.writeHead(response.statusCode ?? 502, response.headers).end(content);
        });
      });
      forwarded.on("error", () => answer.destroy());
      forwarded.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function unpacked(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === "gzip") return zlib.gunzipSync(body);
  if (encoding !== "zstd") return body;
  // Only there where the agent can send it.
  const { zstdDecompressSync } = zlib as unknown as {
    readonly zstdDecompressSync: (bytes: Buffer) => Buffer;
  };
  return zstdDecompressSync(body);
}

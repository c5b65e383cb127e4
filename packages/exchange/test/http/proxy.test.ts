import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { publicKeyOf } from "../../src/index.ts";
import { forwardProxy, httpPlatform, isSigned } from "../support/http-platform.ts";
import { makeCertificate } from "../support/certificates.ts";
import { fails, privateKey, signal, target } from "../support/http-requests.ts";

test("HTTPS goes through the proxy's tunnel, plain HTTP as a proxied request, and neither where noProxy says so", async (t) => {
  const authority = makeCertificate({ name: "Test CA", authority: true });
  const server = makeCertificate({ name: "127.0.0.1", issuer: authority });
  const secure = await httpPlatform(t, { cert: server.certificate, key: server.key });
  const plain = await httpPlatform(t);
  const proxy = await forwardProxy(t);
  const ca = authority.certificate;
  await target(t, { url: secure.url, ca, proxy: proxy.url }).capabilities(signal);
  await target(t, { url: plain.url, proxy: proxy.url }).capabilities(signal);
  assert.deepEqual(proxy.used, [`CONNECT 127.0.0.1:${secure.port}`, `GET ${plain.url}/v1`]);
  assert.ok(plain.seen[0] !== undefined && isSigned(plain.seen[0], publicKeyOf(privateKey)));
  await target(t, { url: plain.url, proxy: proxy.url, noProxy: ["127.0.0.0/8"] }).capabilities(
    signal,
  );
  assert.equal(proxy.used.length, 2);
});

test("a proxy that is away or wants a password is told apart from the platform", async (t) => {
  const plain = await httpPlatform(t);
  const authority = makeCertificate({ name: "Test CA", authority: true });
  const server = makeCertificate({ name: "127.0.0.1", issuer: authority });
  const secure = await httpPlatform(t, { cert: server.certificate, key: server.key });
  const guarded = await forwardProxy(t, { user: "u:p@ss" });
  for (const url of [plain.url, secure.url]) {
    const common = { url, ca: authority.certificate };
    await fails(
      target(t, { ...common, proxy: "http://127.0.0.1:1" }).capabilities(signal),
      "QZ_PROXY_UNREACHABLE",
      { address: "127.0.0.1:1" },
    );
    await fails(
      target(t, { ...common, proxy: guarded.url }).capabilities(signal),
      "QZ_PROXY_REFUSED",
      { status: 407 },
    );
    await target(t, { ...common, proxy: guarded.url.replace("//", "//u:p%40ss@") }).capabilities(
      signal,
    );
  }
});

test("a proxy that takes the connection and says nothing is given up, and nothing stays open", async (t) => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => {
    sockets.add(socket.resume());
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const { port } = silent.address() as AddressInfo;
  const made = target(t, {
    url: "https://127.0.0.1:9",
    proxy: `http://127.0.0.1:${port}`,
    timeoutMs: 100,
  });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await made.capabilities(signal).then(
      () => assert.fail("there was an answer"),
      (error: unknown) => assert.ok(QianzhiError.is(error)),
    );
  }
  while (sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  // One that waits when the target is closed is given up at once.
  const patient = target(t, {
    url: "https://127.0.0.1:9",
    proxy: `http://127.0.0.1:${port}`,
    timeoutMs: 600_000,
  });
  const asked = patient.capabilities(signal).catch((error: unknown) => error);
  while (sockets.size === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await patient.close();
  assert.ok(QianzhiError.is(await asked));
});

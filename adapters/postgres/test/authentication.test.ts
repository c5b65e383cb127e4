import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Server } from "node:net";
import { test } from "node:test";
import { testHost } from "@qianzhi/adapter-testkit";
import { describeError, QianzhiError } from "@qianzhi/sdk";
import { postgres } from "../src/index.ts";

/** A server that answers whoever speaks first with these bytes, and then waits. */
async function serverAnswering(bytes: Buffer): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.write(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** A request for authentication. */
const serverAsking = (body: Buffer) =>
  serverAnswering(Buffer.concat([Buffer.from([0x52, 0, 0, 0, 4 + body.length]), body]));

const request = (code: number, ...rest: readonly (string | number)[]) =>
  Buffer.concat([
    Buffer.from([0, 0, 0, code]),
    ...rest.map((each) =>
      typeof each === "string" ? Buffer.from(`${each}\0`) : Buffer.from([each]),
    ),
  ]);

const requests = {
  "another mechanism of SASL, as KingbaseES with sm3": request(10, "SCRAM-SM3", 0),
  "sha256 of openGauss, under a number that PostgreSQL uses for something else": request(
    10,
    0,
    0,
    0,
    2,
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "12345678",
  ),
  "md5 with sha256 of openGauss": request(11, "01234567"),
  "a number that PostgreSQL does not know": request(13, 0, 0, 0, 0),
  "Kerberos, which nobody can answer here": request(7),
};

for (const [what, body] of Object.entries(requests))
  test(`a server that asks for ${what} is refused by name, with what to ask the DBA for`, async () => {
    const server = await serverAsking(body);
    const { port } = server.address() as AddressInfo;
    const options = { host: "127.0.0.1", port, user: "reader", database: "hr" };
    try {
      await assert.rejects(
        postgres.open({ ...options, password: "secret-5d1f", connectTimeoutMs: 500 }, testHost()),
        (error) => {
          assert.ok(QianzhiError.is(error));
          assert.equal(error.code, "QZ_SOURCE_AUTH_METHOD");
          assert.match(describeError(error, "zh").hint, /scram-sha-256/);
          assert.doesNotMatch(JSON.stringify(error), /secret-5d1f/);
          return true;
        },
      );
    } finally {
      server.close();
    }
  });

test("a server without TLS is refused where it was asked for, before the password is sent", async () => {
  const server = await serverAnswering(Buffer.from("N"));
  const { port } = server.address() as AddressInfo;
  const options = { host: "127.0.0.1", port, user: "reader", database: "hr", tls: true };
  try {
    await assert.rejects(postgres.open({ ...options, password: "secret-5d1f" }, testHost()), {
      code: "QZ_SOURCE_TLS",
    });
  } finally {
    server.close();
  }
});

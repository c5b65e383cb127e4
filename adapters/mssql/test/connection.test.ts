import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { QianzhiError } from "@qianzhi/sdk";
import { mssql, type MssqlOptions } from "../src/index.ts";
import { hostFor, openScripted, optionsFor } from "./scripted-source.ts";
import { offeredVersion, startScriptedServer, type Script } from "./tds/scripted-server.ts";

/** Opens a source on a server with this script, and returns the error with which that fails. */
async function refusal(
  script: Script,
  options: (certificate: string) => Partial<MssqlOptions> = () => ({}),
) {
  await using server = await startScriptedServer(script);
  const wanted = { ...optionsFor(server), ...options(server.certificate) };
  try {
    await (await mssql.open(wanted, hostFor())).close();
  } catch (error) {
    assert.ok(QianzhiError.is(error), String(error));
    return { error, logins: server.logins.length, received: server.received };
  }
  assert.fail("the source was opened");
}

const isTls = ({ error }: { error: QianzhiError }, problem: RegExp) => {
  assert.equal(error.code, "QZ_SOURCE_TLS", `${error.message} ${String(error.cause)}`);
  assert.match(error.message, problem);
};

describe("encryption", () => {
  test("is the default, and the login is inside it", async () => {
    await using scripted = await openScripted();
    assert.equal(scripted.server.logins[0]?.password, "reads-only");
    const wire = scripted.server.received;
    assert.ok(
      !wire.includes(Buffer.from("reader", "utf16le")),
      "the name of the user is on the wire",
    );
  });

  for (const encryption of ["notSupported", "off"] as const) {
    test(`a server that answers ${encryption} gets neither login nor query in clear text`, async () => {
      const refused = await refusal({ encryption });
      isTls(refused, /no TLS/);
      assert.equal(refused.logins, 0);
      assert.ok(!refused.received.includes(Buffer.from("reader", "utf16le")));
    });
  }

  test("a certificate that nobody vouches for is refused, unless the configuration takes any", async () => {
    isTls(await refusal({}, () => ({ tls: true })), /self-signed/);
    await using scripted = await openScripted({}, () => ({ tls: { verify: "none" } }));
    assert.equal(scripted.server.logins.length, 1);
  });

  test("a certificate for another name is refused, unless the configuration says the name", async () => {
    const host = "127.0.0.1";
    isTls(await refusal({}, (ca) => ({ host, tls: { ca } })), /IP: 127\.0\.0\.1|does not match/);
    const tls = (ca: string) => ({ ca, serverName: "localhost" });
    await using scripted = await openScripted({}, ({ certificate }) => ({
      host,
      tls: tls(certificate),
    }));
    assert.equal(scripted.server.logins.length, 1);
  });

  for (const tls of ["TLSv1", "TLSv1.1"] as const) {
    test(`a server of ${tls} alone is reached only by a configuration that says so`, async () => {
      isTls(await refusal({ tls }), /./);
      await using scripted = await openScripted({ tls }, ({ certificate: ca }) => ({
        tls: { ca, minVersion: tls },
      }));
      assert.equal(scripted.server.logins.length, 1);
    });
  }

  test("a handshake that the server breaks off is told as one", async () => {
    isTls(await refusal({ breaksHandshake: true }), /ended the handshake/);
  });

  test("clear text is had by a configuration that says so, and not from a server that requires encryption", async () => {
    await using scripted = await openScripted({ encryption: "notSupported" }, () => ({
      tls: false,
    }));
    assert.ok(scripted.server.received.includes(Buffer.from("reader", "utf16le")));
    isTls(
      await refusal({ encryption: "required" }, () => ({ tls: false })),
      /encrypted connections only/,
    );
  });
});

test("what leaves a connection open to others is told by the probe, and only that", async () => {
  const exposed = async (script: Script, tls: MssqlOptions["tls"]) => {
    const chosen = (ca: string) => (typeof tls === "object" ? { ca, ...tls } : tls);
    await using scripted = await openScripted(script, ({ certificate }) => {
      const wanted = chosen(certificate);
      return wanted === undefined ? {} : { tls: wanted };
    });
    return (await scripted.source.probe(new AbortController().signal)).exposedBy;
  };
  assert.deepEqual(await exposed({}, {}), []);
  assert.deepEqual(await exposed({ encryption: "notSupported" }, false), ["tls: false"]);
  assert.deepEqual(await exposed({ tls: "TLSv1" }, { verify: "none", minVersion: "TLSv1" }), [
    "tls.verify: none",
    "tls.minVersion: TLSv1",
  ]);
});

describe("a session", () => {
  test("says who it is, and that it only reads", async () => {
    await using scripted = await openScripted();
    const [login] = scripted.server.logins;
    assert.deepEqual(
      [login?.user, login?.application, login?.database, login?.readOnlyIntent],
      ["reader", "Qianzhi", "hr", true],
    );
    const settings = scripted.server.asked.map(({ sql }) => sql).join("\n");
    for (const setting of [
      "isolation level read committed",
      "set arithabort on",
      "set language us_english",
      "SET DATEFORMAT ymd",
      "SET LOCK_TIMEOUT 10000",
    ])
      assert.ok(settings.includes(setting), `${setting} in ${settings}`);
  });

  test("asks the primary of an availability group when told to", async () => {
    await using scripted = await openScripted({}, () => ({ readOnlyIntent: false }));
    assert.equal(scripted.server.logins[0]?.readOnlyIntent, false);
  });

  for (const tds of ["7_1", "7_2", "7_3_A", "7_3_B", "7_4"] as const) {
    test(`works with a server that speaks TDS ${tds}`, async () => {
      await using scripted = await openScripted({ tds });
      assert.equal(offeredVersion(scripted.server.logins[0]!), "7_4");
      await using older = await openScripted({ tds }, () => ({ tdsVersion: tds }));
      assert.equal(offeredVersion(older.server.logins[0]!), tds);
    });
  }

  test("of a domain logs in by NTLM, without a password in the login", async () => {
    await using server = await startScriptedServer({
      login: () => [
        { number: 18452, text: "Login failed. The login is from an untrusted domain." },
      ],
    });
    const options = { ...optionsFor(server), domain: "CITY" };
    await assert.rejects(mssql.open(options, hostFor()), (error) => {
      assert.ok(QianzhiError.is(error) && error.code === "QZ_SOURCE_AUTH", String(error));
      assert.match(error.message, /CITY\\reader/);
      return true;
    });
    const [login] = server.logins;
    assert.equal(login?.sspi.subarray(0, 7).toString("latin1"), "NTLMSSP");
    assert.deepEqual([login?.user, login?.password], ["", ""]);
  });
});

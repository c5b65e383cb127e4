import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerCertificate } from "node:tls";
import { verifyAddress, type UpgradingConnection } from "../src/verify-address.ts";

/** What a connection to `host` whose server shows a certificate for `names` answers to the upgrade. */
function upgrade(host: string, names: string, failure?: Error): Error | undefined {
  let answer: Error | undefined;
  const connection: UpgradingConnection = {
    stream: {
      getPeerCertificate: () =>
        ({ subject: { CN: "db" }, subjectaltname: names }) as PeerCertificate,
    },
    startTLS: (done) => done(failure),
  };
  verifyAddress(connection, host);
  connection.startTLS((error) => {
    answer = error;
  });
  return answer;
}

test("a server named by its address must show a certificate for that address", () => {
  assert.equal(upgrade("10.1.2.3", "DNS:db.local, IP Address:10.1.2.3"), undefined);
  assert.match(String(upgrade("10.1.2.3", "DNS:localhost")), /10\.1\.2\.3/);
  assert.match(String(upgrade("10.1.2.3", "IP Address:10.1.2.4")), /10\.1\.2\.3/);
});

test("a name is left to the driver, and its error to the caller", () => {
  assert.equal(upgrade("db.local", "DNS:another"), undefined);
  assert.equal(
    String(upgrade("10.1.2.3", "IP Address:10.1.2.3", new Error("no TLS"))),
    "Error: no TLS",
  );
});

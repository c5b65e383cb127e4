import assert from "node:assert/strict";
import { createCipheriv, createHash } from "node:crypto";
import { test } from "node:test";
import { publicKeyOf, type NationalGateway } from "../../src/index.ts";
import { gatewaySign, openSecret } from "../../src/http/national-gateway.ts";
import { httpPlatform, isSigned, type HttpPlatform } from "../support/http-platform.ts";
import { batch, fails, privateKey, signal, target } from "../support/http-requests.ts";

const gateway: NationalGateway = {
  rid: "rid-1",
  sid: "s_X_001",
  appKey: "test-appkey-0001",
  refreshPath: "/sysapi/auth/refreshappsecret",
  cipher: "ecb",
};

// Both were computed with the Java classes that the circulated programs use.
test("signs and opens as the programs do that are in use", () => {
  assert.equal(
    gatewaySign("test-appkey-0001", "s_X_001", "rid-1", "1700000000000"),
    "SVNmBMfyQ7DwHbr8L38YEEx9MjxoIvkhhsqaIbK00OQ=",
  );
  assert.equal(openSecret("IDvlauqeqm0t8MU+X5diBA==", gateway), "secret-value");
});

/** A gateway before the platform: gives secrets out, and lets through what is signed with the last one. */
function standIn(served: HttpPlatform, { cipher = "ecb", endsAfterMs = 3_600_000 } = {}) {
  const state = { secret: "", given: 0, refused: 0, says: undefined as string | undefined };
  const sha1 = (value: Buffer | string): Buffer => createHash("sha1").update(value).digest();
  served.intercept = ({ url, headers, body }, response) => {
    const json = (value: unknown): true => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
      return true;
    };
    const field = (name: string): string => String(headers[`gjgxjhpt_${name}`]);
    const isSignedWith = (key: string): boolean =>
      field("sign") === gatewaySign(key, field("sid"), field("rid"), field("rtime"));
    if (url === gateway.refreshPath) {
      const fields = JSON.parse(String(body)) as Record<string, string>;
      assert.equal(fields["gjgxjhpt_sign"], field("sign"));
      if (state.says !== undefined || !isSignedWith(gateway.appKey))
        return json({ code: "E-106", message: state.says ?? "sign" });
      state.given += 1;
      state.secret = `secret ${state.given}`;
      const key = sha1(sha1(gateway.appKey)).subarray(0, 16);
      const vector = cipher === "cbc" ? "AESCBCPKCS5Paddi" : null;
      const sealing = createCipheriv(`aes-128-${cipher}`, key, vector);
      const secret = sealing.update(state.secret, "utf8", "base64") + sealing.final("base64");
      return json({ code: "0", data: { secret, secretEndTime: Date.now() + endsAfterMs } });
    }
    if (field("rid") === "rid-1" && field("sid") === "s_X_001" && isSignedWith(state.secret))
      return false;
    state.refused += 1;
    return json({ code: "-1", message: "sign" });
  };
  return state;
}

test("requests pass the gateway with one secret, and keep their own signature", async (t) => {
  const served = await httpPlatform(t);
  const state = standIn(served);
  const through = target(t, { url: served.url, gateway });
  await Promise.all([through.capabilities(signal), through.capabilities(signal)]);
  assert.equal(state.given, 1, "requests side by side wait for the same secret");
  const passed = served.seen.filter(({ url }) => url !== gateway.refreshPath);
  assert.equal(passed.length, 2);
  for (const request of passed) assert.ok(isSigned(request, publicKeyOf(privateKey)));
  assert.equal(state.refused, 0);
});

for (const cipher of ["ecb", "cbc"] as const)
  test(`what the platform answers comes through, the secret sealed in mode ${cipher}`, async (t) => {
    const served = await httpPlatform(t);
    standIn(served, { cipher });
    const through = target(t, { url: served.url, gateway: { ...gateway, cipher } });
    await fails(through.deliver(batch(), signal), "QZ_CHAIN_CONFLICT");
  });

test("a secret is replaced before it ends, and when the gateway has forgotten it", async (t) => {
  const served = await httpPlatform(t);
  const state = standIn(served, { endsAfterMs: 30_000 });
  const through = target(t, { url: served.url, gateway });
  await through.capabilities(signal);
  await through.capabilities(signal);
  assert.equal(state.given, 2, "what ends within a minute is not used again");
  standIn(served);
  const lasting = target(t, { url: served.url, gateway });
  await lasting.capabilities(signal);
  const forgotten = standIn(served);
  forgotten.secret = "restarted";
  await lasting.capabilities(signal);
  assert.deepEqual([forgotten.refused, forgotten.given], [1, 1]);
});

test("a gateway that gives no secret, or takes none, is named with its words, and no key", async (t) => {
  const served = await httpPlatform(t);
  const state = standIn(served);
  state.says = "not authorised";
  const through = target(t, { url: served.url, gateway });
  const error = await fails(through.capabilities(signal), "QZ_GATEWAY_REFUSED", {
    problem: "200 E-106 not authorised",
  });
  assert.ok(!JSON.stringify([error.message, error.details]).includes(gateway.appKey));
  const wrong = target(t, { url: served.url, gateway: { ...gateway, appKey: "wrong" } });
  await fails(wrong.capabilities(signal), "QZ_GATEWAY_REFUSED");
  state.says = undefined;
  const otherMode = target(t, { url: served.url, gateway: { ...gateway, cipher: "cbc" } });
  await fails(otherMode.capabilities(signal), "QZ_GATEWAY_REFUSED");
});

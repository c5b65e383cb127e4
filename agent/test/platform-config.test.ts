import assert from "node:assert/strict";
import { test } from "node:test";
import { load, site } from "./site-fixture.ts";

test("a gateway is read with its secret and what is usual", async () => {
  const gateway = "gateway: { rid: 1100-x, sid: s_X_001, appKey: { env: HR_PASSWORD } }";
  const config = await load({
    site: site.replace("key: { file: ./key.pem } }", `key: { file: ./key.pem }, ${gateway} }`),
  });
  assert.deepEqual(config.platform?.gateway, {
    rid: "1100-x",
    sid: "s_X_001",
    appKey: "canary-password",
    refreshPath: "/sysapi/auth/refreshappsecret",
    cipher: "ecb",
  });
});

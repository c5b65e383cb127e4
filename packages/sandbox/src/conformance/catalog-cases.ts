import assert from "node:assert/strict";
import { assertProblem, type PlatformCase } from "./platform-case.ts";
import { verificationResource } from "./verification-resource.ts";

const { identifier, version } = verificationResource;
const path = `/v1/catalog/${identifier}`;

/** Descriptors: docs/protocol.md §4. */
export const catalogCases: readonly PlatformCase[] = [
  {
    name: "a descriptor is answered by itself, by version and in the list, with a tag that saves reading it again",
    level: 2,
    needs: "key",
    async run({ client }) {
      for (const target of [path, `${path}/versions/${version}`]) {
        const { status, json, headers } = await client(target);
        assert.equal(status, 200);
        assert.deepEqual(json, verificationResource);
        const etag = headers.get("etag");
        assert.ok(etag !== null, "ETag");
        assert.equal((await client(target, { headers: { "if-none-match": etag } })).status, 304);
      }
      const resources = (await client("/v1/catalog")).json["resources"] as readonly {
        identifier: string;
        version: string;
      }[];
      assert.equal(resources.find((listed) => listed.identifier === identifier)?.version, version);
      assert.ok(
        ((await client(`${path}/versions`)).json["versions"] as readonly string[]).includes(
          version,
        ),
      );
    },
  },
  {
    name: "a descriptor that is not there is told as unknown",
    level: 2,
    needs: "nothing",
    async run({ client }) {
      assertProblem(
        await client("/v1/catalog/no_such_resource", { as: "anyone" }),
        404,
        "QZ_RESOURCE_UNKNOWN",
      );
    },
  },
  {
    name: "the same descriptor again is no news, and another one under its version a conflict",
    level: 2,
    needs: "token",
    async run({ client }) {
      const put = (body: object) =>
        client(`${path}/versions/${version}`, { method: "PUT", body, as: "operator" });
      assert.equal((await put(verificationResource)).status, 200);
      assertProblem(
        await put({ ...verificationResource, name: "别的名称" }),
        409,
        "QZ_CATALOG_CONFLICT",
      );
    },
  },
  {
    name: "a narrower contract under the same major version is refused in words",
    level: 2,
    needs: "token",
    async run({ client }) {
      const body = {
        ...verificationResource,
        version: "1.0.1",
        items: verificationResource.items.slice(0, 2),
      };
      const answer = await client(`${path}/versions/1.0.1`, {
        method: "PUT",
        body,
        as: "operator",
      });
      assertProblem(answer, 409, "QZ_CATALOG_BREAKING");
      assert.match(String(answer.json["detail"]), /name/);
    },
  },
  {
    name: "what is not a descriptor is refused",
    level: 2,
    needs: "token",
    async run({ client }) {
      const body = { ...verificationResource, version: "1.0.1", key: ["nothing"] };
      assertProblem(
        await client(`${path}/versions/1.0.1`, { method: "PUT", body, as: "operator" }),
        422,
        "QZ_DESCRIPTOR_INVALID",
      );
    },
  },
];

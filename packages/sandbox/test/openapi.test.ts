import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { openApi } from "../src/http/openapi.ts";
import { routes } from "../src/http/routes.ts";

// That real requests and answers conform is checked by every exchange of service.ts and server.test.ts.

test("every schema of the document is valid JSON Schema 2020-12", () => {
  const document = openApi(routes) as {
    readonly components: { readonly schemas: Record<string, object> };
  };
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(document, "document");
  for (const name of Object.keys(document.components.schemas)) {
    assert.ok(ajv.getSchema(`document#/components/schemas/${name}`) !== undefined, name);
  }
});

test("every route has an operation of its own in the document", () => {
  const document = openApi(routes) as {
    readonly paths: Record<string, Record<string, { readonly operationId: string }>>;
  };
  const operations = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  );
  assert.equal(operations.length, routes.length);
  assert.equal(new Set(operations).size, routes.length);
});

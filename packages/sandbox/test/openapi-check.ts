import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}
interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly schema: { readonly type?: string };
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface Exchange {
  readonly method: string;
  readonly target: string;
  readonly requestType?: string | undefined;
  readonly requestBody?: Uint8Array;
  readonly status: number;
  readonly responseType?: string | undefined;
  readonly responseBody: Uint8Array;
}

/** Checks that a request and its answer are what the OpenAPI document says. The request only when it was taken. */
export function openApiCheck(document: OpenApiDocument): (exchange: Exchange) => void {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(document, "document");

  const fits = (pointer: string, value: unknown, what: string): void => {
    const validate = ajv.getSchema(`document#${pointer}`);
    assert.ok(validate !== undefined, `no schema at ${pointer}`);
    assert.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors)}`);
  };

  return (exchange) => {
    const { method, target, status } = exchange;
    const url = new URL(target, "http://platform");
    const template = Object.keys(document.paths).find((path) => pattern(path).test(url.pathname));
    const operation =
      template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()];
    if (template === undefined || operation === undefined) {
      assert.ok(status === 404 || status === 405, `${method} ${target} is not in the document`);
      return;
    }
    const at = `/paths/${template.replaceAll("/", "~1")}/${method.toLowerCase()}`;
    if (status < 400) checkRequest(exchange, operation, at, url);
    checkResponse(exchange, operation, at);
  };

  function checkRequest(exchange: Exchange, operation: Operation, at: string, url: URL): void {
    const known = operation.parameters ?? [];
    for (const [name, text] of url.searchParams) {
      const index = known.findIndex(
        (parameter) => parameter.in === "query" && parameter.name === name,
      );
      assert.ok(index >= 0, `the query parameter ${name} is not in the document`);
      const value = known[index]?.schema.type === "integer" ? Number(text) : text;
      fits(`${at}/parameters/${index}/schema`, value, `query parameter ${name}`);
    }
    const { requestType = "", requestBody } = exchange;
    assert.equal(operation.requestBody !== undefined, requestBody !== undefined, "request body");
    if (requestBody === undefined) return;
    assert.ok(
      operation.requestBody?.content?.[requestType] !== undefined,
      `request of type ${requestType}`,
    );
    if (requestType === "application/json") {
      fits(`${at}/requestBody/content/application~1json/schema`, parse(requestBody), "request");
    }
  }

  function checkResponse(
    { status, responseType, responseBody }: Exchange,
    operation: Operation,
    at: string,
  ): void {
    const name = operation.responses[status] === undefined ? "default" : String(status);
    const content = operation.responses[name]?.content;
    if (content === undefined)
      return assert.equal(responseBody.length, 0, "an answer without content");
    assert.ok(
      responseType !== undefined && content[responseType] !== undefined,
      `answer of type ${responseType}`,
    );
    if (!responseType.endsWith("json") || responseType.includes("ndjson")) return;
    fits(
      `${at}/responses/${name}/content/${responseType.replace("/", "~1")}/schema`,
      parse(responseBody),
      "answer",
    );
  }
}

const pattern = (template: string): RegExp =>
  new RegExp(`^${template.replace(/\{\w+\}/g, "[^/]+")}$`);
const parse = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString("utf8"));

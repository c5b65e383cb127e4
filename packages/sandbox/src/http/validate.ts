import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { parseObject } from "../platform/read-batch.ts";
import { parametersIn } from "./match.ts";
import { pathParameter } from "./openapi.ts";
import { invalidRequest } from "./problem.ts";
import type { Call, Route } from "./route.ts";
import { componentSchemas, type Schema } from "./schemas.ts";

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: "protocol", components: { schemas: componentSchemas } });
const compiled = new Map<string, ValidateFunction>();

/** Checks the parameters in the path. QZ_REQUEST_INVALID. */
export function checkPath(route: Route, path: Call["path"]): void {
  for (const name of parametersIn(route.path)) check(pathParameter(name), path[name], name);
}

/** Reads and checks the query. QZ_REQUEST_INVALID for a parameter that is unknown, repeated or does not fit. */
export function readQuery(route: Route, target: string): Call["query"] {
  const question = target.indexOf("?");
  const query: Record<string, string | number> = {};
  for (const [name, text] of new URLSearchParams(question < 0 ? "" : target.slice(question))) {
    const schema = route.query?.[name];
    if (schema === undefined) throw invalidRequest(`the query parameter ${name} is not known`);
    if (name in query) throw invalidRequest(`the query parameter ${name} stands twice`);
    const value = schema["type"] === "integer" && /^\d{1,15}$/.test(text) ? Number(text) : text;
    check(schema, value, name);
    query[name] = value;
  }
  return query;
}

/** Checks type and schema of the body and gives its JSON value. QZ_REQUEST_INVALID. */
export function checkBody(
  route: Route,
  contentType: string | undefined,
  body: Uint8Array,
): unknown {
  if (route.body === undefined) return undefined;
  const { type } = route.body;
  if (contentType?.split(";")[0]!.trim().toLowerCase() !== type) {
    throw invalidRequest(`Content-Type is not ${type}`, { status: 415 });
  }
  if (route.body.type !== "application/json") return undefined;
  const value = parseObject(Buffer.from(body).toString("utf8"));
  if (value === undefined) throw invalidRequest("the body is not a JSON object");
  check({ $ref: `protocol#/components/schemas/${route.body.schema}` }, value, "the body");
  return value;
}

function check(schema: Schema, value: unknown, name: string): void {
  const text = JSON.stringify(schema);
  const validate = compiled.get(text) ?? ajv.compile(schema);
  compiled.set(text, validate);
  if (validate(value)) return;
  const [error] = validate.errors ?? [];
  throw invalidRequest(`${name}${error?.instancePath ?? ""} ${error?.message ?? "does not fit"}`);
}

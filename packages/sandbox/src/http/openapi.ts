import { parametersIn } from "./match.ts";
import type { Access, Route } from "./route.ts";
import {
  bucketSchema,
  componentSchemas,
  identifierSchema,
  nameSchema,
  ref,
  versionSchema,
  type Schema,
} from "./schemas.ts";

const pathParameters: Readonly<Record<string, Schema>> = {
  identifier: identifierSchema,
  resource: identifierSchema,
  version: versionSchema,
  site: nameSchema,
  pipeline: nameSchema,
  keyId: nameSchema,
  bucket: bucketSchema,
};

/** The schema of a parameter in a path. */
export const pathParameter = (name: string): Schema => pathParameters[name]!;

const security: Readonly<Record<Access, readonly Schema[]>> = {
  open: [{}],
  read: [{}, { signature: [] }, { enrolmentToken: [] }],
  site: [{ signature: [] }],
  publish: [{ signature: [] }, { enrolmentToken: [] }],
  operator: [{ enrolmentToken: [] }],
};

/** The OpenAPI 3.1 document of these routes. */
export function openApi(routes: readonly Route[]): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of routes) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Qianzhi exchange platform",
      version: "1.0.0",
      description: "The exchange protocol qianzhi/1. docs/protocol.md specifies it to the byte.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    paths,
    components: {
      schemas: componentSchemas,
      securitySchemes: {
        signature: {
          type: "apiKey",
          in: "header",
          name: "Signature",
          description: "HTTP Message Signatures (RFC 9421), Ed25519; docs/protocol.md §5.",
        },
        enrolmentToken: { type: "http", scheme: "bearer" },
      },
    },
  };
}

function operation(route: Route): Schema {
  const { operation: operationId, summary, access, level, query = {}, body } = route;
  const parameters = [
    ...parametersIn(route.path).map((name) => ({
      name,
      in: "path",
      required: true,
      schema: pathParameter(name),
    })),
    ...Object.entries(query).map(([name, schema]) => ({
      name,
      in: "query",
      required: false,
      schema,
    })),
  ];
  return {
    operationId,
    summary,
    tags: [level === undefined ? "sandbox" : `level ${level}`],
    security: security[access],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { [body.type]: bodyContent(body) } } }),
    responses: responses(route),
  };
}

function bodyContent(body: NonNullable<Route["body"]>): Schema {
  return body.type === "application/json"
    ? { schema: ref(body.schema) }
    : { schema: { type: "string", description: "A batch: docs/protocol.md §2." } };
}

function responses({ answers, lines }: Route): Schema {
  const listed = Object.entries(answers).map(([status, component]) => [
    status,
    {
      description: component ?? "No content",
      ...(component === null
        ? {}
        : {
            content: { "application/json": { schema: ref(component) }, ...(lines ? asLines : {}) },
          }),
    },
  ]);
  const problem = {
    description: "A problem",
    content: { "application/problem+json": { schema: ref("Problem") } },
  };
  return { ...(Object.fromEntries(listed) as Schema), default: problem };
}

const asLines = {
  "application/x-ndjson": {
    schema: { type: "string", description: "One record text a line; the next page in Link." },
  },
};

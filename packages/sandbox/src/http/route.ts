import type { Platform } from "../platform/create-platform.ts";
import type { PlatformResponse } from "./message.ts";
import type { ComponentName, Schema } from "./schemas.ts";

/** Who asks: a site by its signature, the operator by the enrolment token, or nobody in particular. */
export type Caller =
  | { readonly kind: "site"; readonly site: string }
  | { readonly kind: "operator" }
  | { readonly kind: "anyone" };

/**
 * Who may ask. `read`: anyone where the sandbox is open for reading, else the operator or the site that the path
 * names; `site`: that site alone, signed; `publish`: the operator, or a site that may write the resource.
 */
export type Access = "open" | "read" | "site" | "publish" | "operator";

/** One request on its way through the platform, checked against its route. */
export interface Call {
  readonly platform: Platform;
  readonly caller: Caller;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Decoded parts of the path, by the names in the template. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  /** Without content encoding. */
  readonly body: Uint8Array;
  /** The body as JSON, fitting the route's schema. Undefined where the route takes none. */
  readonly value: unknown;
}

export interface Route {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** A template of RFC 6570 level 1: `/v1/catalog/{identifier}`. */
  readonly path: string;
  readonly operation: string;
  readonly summary: string;
  readonly access: Access;
  /** Level of the protocol to which it belongs; absent for what is the sandbox's own. */
  readonly level?: 1 | 2 | 3;
  readonly query?: Readonly<Record<string, Schema>>;
  readonly body?:
    | { readonly type: "application/json"; readonly schema: ComponentName }
    | { readonly type: "application/x-ndjson" };
  /** Answers by status; null without a body. Problems are not listed: every route can answer one. */
  readonly answers: Readonly<Record<number, ComponentName | null>>;
  /** The 200 answer can also be asked for as lines of application/x-ndjson. */
  readonly lines?: true;
  run(call: Call): PlatformResponse;
}

import type { Faults } from "../platform/behaviour.ts";
import type { Contrast } from "../platform/contrast.ts";
import { empty, json } from "./message.ts";
import type { Route } from "./route.ts";

const keyPath = "/v1/sites/{site}/keys/{keyId}";
const grantPath = "/v1/sites/{site}/grants/{resource}";

/** What the operator of a platform does, with the enrolment token. */
export const operatorRoutes: readonly Route[] = [
  {
    method: "PUT",
    path: keyPath,
    operation: "registerKey",
    summary: "Registers a site's public key",
    access: "operator",
    level: 1,
    body: { type: "application/json", schema: "PublicKey" },
    answers: { 201: "PublicKey" },
    run({ platform, path, value }) {
      const { publicKey } = value as { readonly publicKey: string };
      platform.sites.registerKey({
        site: path["site"]!,
        keyId: path["keyId"]!,
        publicKey: Buffer.from(publicKey, "base64"),
      });
      return json(201, { publicKey });
    },
  },
  {
    method: "DELETE",
    path: keyPath,
    operation: "revokeKey",
    summary: "Revokes a key from now on",
    access: "operator",
    level: 1,
    answers: { 204: null },
    run({ platform, path }) {
      platform.sites.revokeKey(path["site"]!, path["keyId"]!);
      return empty(204);
    },
  },
  {
    method: "PUT",
    path: grantPath,
    operation: "grant",
    summary: "Lets a site write a resource",
    access: "operator",
    level: 1,
    answers: { 204: null },
    run({ platform, path }) {
      platform.sites.grant(path["site"]!, path["resource"]!);
      return empty(204);
    },
  },
  {
    method: "DELETE",
    path: grantPath,
    operation: "ungrant",
    summary: "Lets a site write a resource no longer",
    access: "operator",
    level: 1,
    answers: { 204: null },
    run({ platform, path }) {
      platform.sites.ungrant(path["site"]!, path["resource"]!);
      return empty(204);
    },
  },
  {
    method: "PUT",
    path: "/v1/sandbox/faults",
    operation: "setFaults",
    summary: "Tells the sandbox to misbehave; {} to behave",
    access: "operator",
    body: { type: "application/json", schema: "Faults" },
    answers: { 200: "Faults" },
    run({ platform, value }) {
      platform.behaviour.set(value as Faults);
      return json(200, platform.behaviour.faults);
    },
  },
  {
    method: "GET",
    path: "/v1/sandbox/faults",
    operation: "readFaults",
    summary: "How the sandbox misbehaves at present",
    access: "operator",
    answers: { 200: "Faults" },
    run: ({ platform }) => json(200, platform.behaviour.faults),
  },
  {
    method: "PUT",
    path: "/v1/sandbox/contrast",
    operation: "setContrast",
    summary: "Tells the sandbox's page how copies of one source differ from it",
    access: "operator",
    body: { type: "application/json", schema: "Contrast" },
    answers: { 204: null },
    run({ platform, value }) {
      platform.setContrast(value as Contrast);
      return empty(204);
    },
  },
];

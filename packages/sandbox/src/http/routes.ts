import { PROTOCOL } from "@qianzhi/sdk";
import { timestamp } from "../platform/context.ts";
import { catalogRoutes } from "./catalog-routes.ts";
import { encodings } from "./content.ts";
import { exchangeRoutes } from "./exchange-routes.ts";
import { json } from "./message.ts";
import { openApi } from "./openapi.ts";
import { operatorRoutes } from "./operator-routes.ts";
import type { Route } from "./route.ts";

const serviceRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1",
    operation: "readService",
    summary: "What this platform can do",
    access: "open",
    level: 1,
    answers: { 200: "Service" },
    run: ({ platform: { limits, behaviour, clock } }) =>
      json(200, {
        protocol: PROTOCOL,
        levels: [1, 2, 3],
        receipts: behaviour.faults.lateReceiptsMs === undefined ? "immediate" : "later",
        maxBatchBytes: limits.maxBatchBytes,
        encodings,
        generations: behaviour.faults.noGenerations !== true,
        replayWindowSeconds: limits.replayWindowSeconds,
        now: timestamp(clock),
      }),
  },
  {
    method: "GET",
    path: "/healthz",
    operation: "readHealth",
    summary: "Answers when the platform is up",
    access: "open",
    answers: { 200: "Health" },
    run: () => json(200, { ok: true }),
  },
  {
    method: "GET",
    path: "/openapi.json",
    operation: "readOpenApi",
    summary: "This document",
    access: "open",
    answers: { 200: "OpenApi" },
    run: () => json(200, openApi(routes)),
  },
];

/** Every route of the platform; the OpenAPI document is printed from it. */
export const routes: readonly Route[] = [
  ...serviceRoutes,
  ...catalogRoutes,
  ...exchangeRoutes,
  ...operatorRoutes,
];

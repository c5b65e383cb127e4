export { startSandbox } from "./server/start-sandbox.ts";
export type { Sandbox, SandboxOptions } from "./server/start-sandbox.ts";
export type { TlsOptions } from "./server/serve.ts";
export { realWorld } from "./server/real-world.ts";
export type { RealWorld } from "./server/real-world.ts";

export { createPlatform } from "./platform/create-platform.ts";
export type { Platform, PlatformOptions } from "./platform/create-platform.ts";
export { defaultLimits } from "./platform/context.ts";
export type { PlatformLimits } from "./platform/context.ts";
export type { Faults } from "./platform/behaviour.ts";
export type { RecordPage, RecordQuery } from "./platform/records.ts";
export type { Database, SqlValue, Statement } from "./store/database.ts";

export { createHandler } from "./http/handler.ts";
export type { Handler, HandlerOptions } from "./http/handler.ts";
export type { PlatformRequest, PlatformResponse } from "./http/message.ts";

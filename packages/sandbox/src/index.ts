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
export type { ObservedComparison } from "./platform/comparisons.ts";
export type { Contrast } from "./platform/contrast.ts";
export type { AppliedBatch } from "./platform/receipts.ts";
export type { RecordPage, RecordQuery } from "./platform/records.ts";
export type { Database, SqlValue, Statement } from "./store/database.ts";

export { createHandler } from "./http/handler.ts";
export type { Handler, HandlerOptions } from "./http/handler.ts";
export type { PlatformRequest, PlatformResponse } from "./http/message.ts";

export { platformCases } from "./conformance/platform-cases.ts";
export type { CaseBench, PlatformCase } from "./conformance/platform-case.ts";
export { verificationResource } from "./conformance/verification-resource.ts";
export { verifyPlatform } from "./conformance/verify-platform.ts";
export type { CaseResult, VerifyOptions } from "./conformance/verify-platform.ts";
export type { Answer, Ask, Client, Outgoing } from "./conformance/client.ts";
export type { Changes, Deviation, VerificationStream } from "./conformance/stream.ts";

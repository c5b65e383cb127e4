import { batchCases } from "./batch-cases.ts";
import { catalogCases } from "./catalog-cases.ts";
import { chainCases } from "./chain-cases.ts";
import { digestCases } from "./digest-cases.ts";
import { generationCases } from "./generation-cases.ts";
import type { PlatformCase } from "./platform-case.ts";
import { requestCases } from "./request-cases.ts";
import { shareCases } from "./share-cases.ts";

/** The conformance cases of the exchange protocol, as data. `verifyPlatform` runs them against any implementation. */
export const platformCases: readonly PlatformCase[] = [
  ...requestCases,
  ...chainCases,
  ...batchCases,
  ...generationCases,
  ...shareCases,
  ...catalogCases,
  ...digestCases,
];

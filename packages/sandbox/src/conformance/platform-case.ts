import assert from "node:assert/strict";
import type { ResourceDescriptor } from "@qianzhi/sdk";
import type { Answer, Client } from "./client.ts";
import type { VerificationStream } from "./stream.ts";

/** What a case works with. */
export interface CaseBench {
  readonly client: Client;
  readonly site: string;
  /** The platform's own time in seconds. */
  readonly now: () => number;
  /** A new stream with an open epoch, cleared after the case; of the verification resource unless said. */
  stream(resource?: ResourceDescriptor): Promise<VerificationStream>;
  /** A new stream of which the platform has never heard. */
  unopened(): VerificationStream;
}

/** One thing that docs/protocol.md promises, and how to find out. */
export interface PlatformCase {
  /** A sentence of behaviour. */
  readonly name: string;
  readonly level: 1 | 2 | 3;
  /** What cannot be tried without it: a registered key, or the enrolment token. */
  readonly needs: "nothing" | "key" | "token";
  /** Only for a platform that takes generations. */
  readonly generations?: true;
  /** Rejects with what was found instead. */
  run(bench: CaseBench): Promise<void>;
}

/** Fails unless the answer is this problem. */
export function assertProblem(answer: Answer, status: number, code: string): void {
  assert.equal(
    `${answer.status} ${String(answer.json["code"] ?? "(no code)")}`,
    `${status} ${code}`,
  );
  assert.match(
    answer.headers.get("content-type") ?? "",
    /^application\/problem\+json/,
    "content type of a problem",
  );
  assert.equal(answer.json["status"], status, "status in the problem");
}

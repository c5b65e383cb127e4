import { knownTarget, type Store } from "@qianzhi/exchange";
import type { Invocation } from "./invocation.ts";

/** Says when digests prove less than that the platform's copy is equal; by what was last heard of the target. */
export function sayProof({ say, text }: Pick<Invocation, "say" | "text">, store: Store): void {
  if (knownTarget(store)?.proves === "hand-over") say(text("proof.handedOver"));
}

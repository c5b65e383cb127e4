import { QianzhiError, type Target } from "@qianzhi/sdk";
import type { PasswordRest } from "../state/password-rest.ts";

const passwords: ReadonlySet<string> = new Set<QianzhiError["code"]>([
  "QZ_TARGET_AUTH",
  "QZ_PROXY_REFUSED",
]);

/**
 * A target of which it is kept whether it refused our password: `forPeople`, whose calls are made at once, and
 * `forDelivery`, which leaves it alone until its time has come, also when the agent was started anew.
 */
export function restingTarget(
  target: Target,
  rest: PasswordRest,
): { readonly forPeople: Target; readonly forDelivery: Target } {
  // Of what has answered in this life nothing need be looked up.
  let isKnown = false;
  const forPeople = eachCall(target, async (call) => {
    try {
      const answer = await call();
      if (!isKnown) rest.end();
      isKnown = true;
      return answer;
    } catch (error) {
      if (QianzhiError.is(error) && passwords.has(error.code)) {
        rest.begin(error);
        isKnown = false;
      }
      throw error;
    }
  });
  const forDelivery = eachCall(forPeople, async (call) => {
    const refused = isKnown ? undefined : rest.standing();
    if (refused !== undefined) throw refused;
    return call();
  });
  return { forPeople, forDelivery };
}

/** With something around each of the calls that delivery makes. */
function eachCall(target: Target, around: <T>(call: () => Promise<T>) => Promise<T>): Target {
  const { openEpoch, position, receipts } = target;
  return {
    ...target,
    capabilities: (signal) => around(() => target.capabilities(signal)),
    deliver: (batch, signal) => around(() => target.deliver(batch, signal)),
    ...(openEpoch && {
      openEpoch: (...args: Parameters<typeof openEpoch>) => around(() => openEpoch(...args)),
    }),
    ...(position && {
      position: (...args: Parameters<typeof position>) => around(() => position(...args)),
    }),
    ...(receipts && {
      receipts: (...args: Parameters<typeof receipts>) => around(() => receipts(...args)),
    }),
  };
}

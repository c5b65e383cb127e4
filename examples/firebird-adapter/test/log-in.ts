import { setTimeout as sleep } from "node:timers/promises";
import { attachOrCreateAsync, type Database, type Options } from "node-firebird";

const ATTEMPTS = 20;
const LOGIN_MS = 3_000;
const PAUSE_MS = 200;

/**
 * Logs in as soon as the server is up. The driver cannot log in to an account whose stored salt begins with a zero, one in
 * sixteen: it is refused, fails, or waits for ever, until the password has been set anew.
 */
export async function logIn(options: Options, setPassword: () => unknown): Promise<Database> {
  for (let attempt = 1; ; attempt += 1) {
    const late = new AbortController();
    try {
      return await Promise.race([
        attachOrCreateAsync(options),
        sleep(LOGIN_MS, undefined, { signal: late.signal }).then(() => {
          throw new Error("no answer to the login");
        }),
      ]);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      if (/not defined|BigInt|no answer/.test(String(error))) await setPassword();
      await sleep(PAUSE_MS);
    } finally {
      late.abort();
    }
  }
}

import type { Activity } from "./horizon.ts";

/** An older bound is as true, and asks less of the source. */
const RECENT_MS = 500;

interface Look {
  readonly server: string;
  readonly atMs: number;
  readonly activity: Promise<Activity>;
}

/** The latest look of all connections that were opened with the same options. */
const looks = new WeakMap<object, Look>();

/**
 * What `look` tells of the sessions, or another connection with these options told or is being told: whoever polls within
 * half a second shares one look, unless one address leads them to different servers. Two looks of ours one right after the
 * other may keep each other from seeing anything, since MySQL does not refresh what it lists while it is being read.
 */
export async function recentLook(
  { options, server, atMs, signal }: Looking,
  look: () => Promise<Activity>,
): Promise<Activity> {
  const latest = looks.get(options);
  const ageMs = atMs - (latest?.atMs ?? atMs);
  if (latest?.server === server && ageMs > 0 && ageMs < RECENT_MS) {
    const shared = await successOf(latest.activity, signal);
    if (shared !== undefined) return shared;
  }
  const activity = look();
  // Whoever leaves has looked at nothing.
  if (!signal.aborted) looks.set(options, { server, atMs, activity });
  return activity;
}

interface Looking {
  readonly options: object;
  /** Which server the connection leads to: what a primary shows holds nothing for its standby. */
  readonly server: string;
  /** By the clock that all connections with these options share. */
  readonly atMs: number;
  readonly signal: AbortSignal;
}

/** Undefined when it fails, and at once when whoever waits leaves. */
function successOf<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve) => {
    const leave = (): void => resolve(undefined);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    const end = (result?: T): void => {
      signal.removeEventListener("abort", leave);
      resolve(result);
    };
    work.then(end, () => end());
  });
}

/**
 * What a program of ours needs from the outside. Every module takes the part it uses as an argument; the real
 * implementations are wired in one composition root per program, the simulated ones in the simulation.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970-01-01T00:00:00Z. May step in either direction. */
  now(): number;
  /** Milliseconds that never step back, from an arbitrary start. For waits and durations. */
  monotonic(): number;
}

export interface Timers {
  /**
   * Resolves after `ms` milliseconds, or at once (also normally) when the signal aborts. After 0: as soon as everything else
   * that can go on has gone on, so that a request that was just begun is on its way.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Random {
  /** Cryptographically random bytes. */
  bytes(count: number): Uint8Array;
  /** A number in [0, 1), for jitter. */
  fraction(): number;
}

/** A field never holds a sensitive value: see I8 in ARCHITECTURE.md. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export interface World {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
}

import { QianzhiError } from "@qianzhi/sdk";
import type { AdapterHost, Source, World } from "@qianzhi/sdk";
import { carefulSource } from "../care/careful-source.ts";
import { unlessLeftBehind } from "../care/left-behind.ts";
import type { SourceCare } from "../care/source-care.ts";
import type { SourceConfig } from "../config/site-config.ts";
import { decode } from "../charset/decode.ts";
import type { PasswordRest } from "../state/password-rest.ts";
import type { RunProgress } from "../watch/run-progress.ts";

/**
 * A configured source: opened when first needed, one user at a time for each connection. A refused password is said to
 * whoever reads until its pace allows another try: many pipelines of one source, and an agent that is started again and
 * again, must not lock its account. One that cannot be reached is tried for all of them together. A person who looks tries
 * at once.
 */
export interface SourcePool {
  readonly care: SourceCare;
  /** Lends an open source; waits when all connections are lent. After an error that asks for it, opens anew next time. */
  use<T>(work: (source: Source) => Promise<T>, signal: AbortSignal, reader?: Reader): Promise<T>;
  close(): Promise<void>;
}

/** A pipeline that reads in bulk. Without one, a person looks at a few rows, at any time of day. */
export interface Reader {
  readonly pipeline: string;
  readonly pageRows: number;
  /**
   * When the source's window ends between two statements: `stop` with QZ_OUTSIDE_WINDOW, for what goes on later from
   * where it is; or `wait` for the next, the connection given back, for what would have to begin anew.
   */
  readonly atWindowEnd: "stop" | "wait";
  /** Told what its statements took. */
  readonly progress: Pick<RunProgress, "answered">;
}

/** How long a source that could not be reached is left alone by everybody who reads from it: as long as a restart takes. */
const UNREACHABLE_REST_MS = 3_000;

/**
 * A connection that rested for longer is opened anew: servers end them, and firewalls drop them without a word, so that the
 * next statement would wait for its time-out.
 */
const TRUSTED_IDLE_MS = 60_000;

export function openSourcePool(
  config: SourceConfig,
  care: SourceCare,
  world: World,
  rest: PasswordRest,
): SourcePool {
  const idle: { readonly source: Source; readonly sinceMs: number }[] = [];
  const waiting: (() => void)[] = [];
  const closing = new AbortController();
  let lent = 0;
  /** One at a time, so that nobody tries a password that is just being refused. */
  let opening: Promise<unknown> = Promise.resolve();
  let unreachable: { readonly error: QianzhiError; readonly untilMs: number } | undefined;
  const host = (signal: AbortSignal): AdapterHost => ({
    source: config.name,
    clock: world.clock,
    log: world.log,
    decode,
    offset: config.offset,
    signal,
  });

  /** A source that cannot be closed is given up: whoever waits for its place must not wait for ever. */
  const shut = async (source: Source): Promise<void> => {
    const call = { kind: config.kind, operation: "close" };
    try {
      await unlessLeftBehind(source.close(), call, AbortSignal.abort(), world);
    } catch {
      // Whatever it says, there is nothing left to do about it.
    }
  };

  async function acquire(signal: AbortSignal, isReader: boolean): Promise<Source> {
    while (lent >= config.maxConnections) await turn(signal);
    lent += 1;
    try {
      for (let rested = idle.pop(); rested !== undefined; rested = idle.pop()) {
        const { source, sinceMs } = rested;
        if (world.clock.monotonic() - sinceMs <= TRUSTED_IDLE_MS) return source;
        await shut(source);
      }
      const opened = opening.then(() => open(signal, isReader));
      opening = opened.catch(() => undefined);
      return await opened;
    } catch (error) {
      release();
      throw named(error, config, "open");
    }
  }
  async function open(signal: AbortSignal, isReader: boolean): Promise<Source> {
    const refused = isReader ? standing() : undefined;
    if (refused !== undefined) throw refused;
    try {
      const either = AbortSignal.any([signal, closing.signal]);
      const opened = Promise.resolve(config.adapter.open(config.options, host(either)));
      const call = { kind: config.kind, operation: "open" };
      const source = await unlessLeftBehind(opened, call, either, world).catch((error: unknown) => {
        // One that opens after all is nobody's.
        void opened.then(shut, () => undefined);
        throw error;
      });
      rest.end();
      unreachable = undefined;
      return source;
    } catch (error) {
      if (QianzhiError.is(error)) {
        if (error.code === "QZ_SOURCE_AUTH") rest.begin(error);
        if (error.code === "QZ_SOURCE_UNREACHABLE")
          unreachable = { error, untilMs: world.clock.monotonic() + UNREACHABLE_REST_MS };
      }
      throw error;
    }
  }
  function standing(): QianzhiError | undefined {
    if (unreachable !== undefined && world.clock.monotonic() < unreachable.untilMs)
      return unreachable.error;
    return rest.standing();
  }
  function release(): void {
    lent -= 1;
    waiting.shift()?.();
  }
  const turn = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const proceed = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      // Whoever leaves the queue must not be woken in another's place.
      const leave = (): void => {
        waiting.splice(waiting.indexOf(proceed), 1);
        reject(new QianzhiError("QZ_CANCELLED", { operation: config.name }));
      };
      waiting.push(proceed);
      if (signal.aborted) leave();
      else signal.addEventListener("abort", leave, { once: true });
    });

  function lend(first: Source, reader: Reader | undefined) {
    let source = first;
    const pages = reader && care.pages(reader.pipeline, reader.pageRows);
    const careful = carefulSource({
      source: () => source,
      kind: config.kind,
      care: {
        rested: care.rested,
        note(statement) {
          care.note(statement);
          reader?.progress.answered(statement);
        },
      },
      world,
      ...(pages && { pages }),
      async ready(signal) {
        await care.rested(signal);
        const closed = reader && care.closed();
        if (closed === undefined) return;
        if (reader?.atWindowEnd === "stop") throw closed;
        // No server keeps an idle connection all day.
        await shut(source);
        await care.opened(signal);
        if (signal.aborted) throw new QianzhiError("QZ_CANCELLED", { operation: config.name });
        source = await open(signal, true);
      },
    });
    return { careful, current: () => source };
  }

  return {
    care,
    async use(work, signal, reader) {
      const closed = reader && care.closed();
      if (closed !== undefined) throw closed;
      const { careful, current } = lend(await acquire(signal, reader !== undefined), reader);
      let broken = true;
      try {
        const result = await work(careful);
        broken = false;
        return result;
      } catch (error) {
        broken =
          !QianzhiError.is(error) ||
          error.recovery === "reconnect" ||
          error.code === "QZ_CANCELLED";
        throw named(error, config, "read");
      } finally {
        if (broken || closing.signal.aborted) await shut(current());
        else idle.push({ source: current(), sinceMs: world.clock.monotonic() });
        release();
      }
    },
    async close() {
      closing.abort();
      await Promise.all(idle.splice(0).map(({ source }) => shut(source)));
    },
  };
}

/** A plain error out of an adapter is the adapter's fault, and is said so. */
const named = (error: unknown, { name, kind }: SourceConfig, operation: string): QianzhiError =>
  QianzhiError.is(error)
    ? error
    : new QianzhiError(
        "QZ_ADAPTER_FAULT",
        { name: kind, operation, source: name },
        { cause: error },
      );

import { setImmediate as turn } from "node:timers/promises";
import { QianzhiError, type ErrorCode, type Source } from "@qianzhi/sdk";
import { wrongPassword, type ConformanceHarness, type WrongOption } from "../../src/index.ts";
import { inHarness, inScan, inSource, type PlantedBug, type Whole } from "./planted-bug.ts";

const calm = () => new AbortController().signal;

/** A bug in how a failed opening is told. */
const inOpening = (
  name: string,
  caughtBy: readonly string[],
  option: WrongOption,
  error: () => Error,
): PlantedBug =>
  inHarness(name, caughtBy, ({ harness }) => ({
    async openWrongly(wrong, host) {
      if (wrong === option) throw error();
      return harness.openWrongly!(wrong, host);
    },
  }));

/** An error of the source as another one. */
const retyped = (
  source: Whole,
  from: ErrorCode,
  to: (error: QianzhiError) => unknown,
): Pick<Whole, "scan" | "probe"> => {
  const bend = (error: unknown): never => {
    throw QianzhiError.is(error) && error.code === from ? to(error) : error;
  };
  return {
    scan: (request, signal) => source.scan(request, signal).catch(bend),
    probe: (signal) => source.probe(signal).catch(bend),
  };
};

/** A bug in how a source is opened and closed. */
const inOpen = (
  name: string,
  caughtBy: readonly string[],
  open: (
    harness: ConformanceHarness,
    host: Parameters<ConformanceHarness["open"]>[0],
    cleanUp: (() => void)[],
  ) => Promise<Source>,
): PlantedBug =>
  inHarness(name, caughtBy, ({ harness, cleanUp }) => ({
    open: (host) => open(harness, host, cleanUp),
  }));

/** Bugs in cancelling, connections and closing. */
export const lifetimeBugs: readonly PlantedBug[] = [
  inSource(
    "describes whatever happens",
    ["a call whose signal is aborted already"],
    ({ describe }) => ({
      describe: (relation) => describe(relation, calm()),
    }),
  ),
  inSource("leaves the statement running", ["stops the statement on the server"], ({ scan }) => ({
    async scan(request, signal) {
      const stopped = new Promise<never>((_resolve, reject) =>
        signal.addEventListener(
          "abort",
          () => reject(new QianzhiError("QZ_CANCELLED", { operation: "scan" })),
          { once: true },
        ),
      );
      stopped.catch(() => undefined);
      return Promise.race([scan(request, calm()), stopped]);
    },
  })),
  inSource("cancels whatever runs", ["cancelled beside another"], ({ scan }) => {
    let all = new AbortController();
    return {
      async scan(request, signal) {
        signal.addEventListener("abort", () => all.abort());
        await turn();
        const page = scan(request, all.signal);
        if (all.signal.aborted) all = new AbortController();
        return page;
      },
    };
  }),
  inSource("listens to a signal for ever", ["a signal keeps nothing"], ({ probe }) => ({
    probe(signal) {
      signal.addEventListener("abort", () => undefined);
      return probe(signal);
    },
  })),
  inOpen("opens whatever happens", ["opening gives up"], (harness, host) =>
    harness.open({ ...host, signal: calm() }),
  ),
  inOpening(
    "takes a refused login for a lost network",
    ["a wrong password is"],
    "password",
    () => new QianzhiError("QZ_SOURCE_UNREACHABLE", { source: "legacy", address: "here" }),
  ),
  inOpening(
    "takes a wrong address for a lost connection",
    ["a wrong address is"],
    "address",
    () => new QianzhiError("QZ_SOURCE_LOST", { source: "legacy" }),
  ),
  inOpening(
    "tells of a missing database in an error of its own",
    ["a wrong database is"],
    "database",
    () => new Error("ER_BAD_DB_ERROR"),
  ),
  inOpening(
    "shows the login that was refused",
    ["does not carry the password"],
    "password",
    () =>
      new QianzhiError(
        "QZ_SOURCE_AUTH",
        { source: "legacy", user: "u" },
        { cause: { config: wrongPassword } },
      ),
  ),
  inHarness(
    "stays connected where it could not open",
    ["an opening that fails leaves no connection"],
    ({ harness, database }) => ({
      openWrongly(option, host) {
        database.connections.add({});
        return harness.openWrongly!(option, host);
      },
    }),
  ),
  inHarness(
    "leaves a timer where it could not open",
    ["an opening that fails leaves no timer"],
    ({ harness, cleanUp }) => ({
      openWrongly(option, host) {
        const timer = setInterval(() => {}, 60_000);
        cleanUp.push(() => clearInterval(timer));
        return harness.openWrongly!(option, host);
      },
    }),
  ),
  inSource(
    "takes a lost connection for a failed statement",
    ["a connection that the server ends"],
    (source) =>
      retyped(
        source,
        "QZ_SOURCE_LOST",
        () => new QianzhiError("QZ_QUERY_FAILED", { source: "legacy", operation: "scan" }),
      ),
  ),
  inSource(
    "waits for an answer when it closes",
    ["after a lost connection a newly"],
    ({ probe, close }) => ({
      async close() {
        await probe(calm());
        await close();
      },
    }),
  ),
  inSource(
    "takes every error for a failed statement",
    ["a missing table and a missing column of a page"],
    (source) =>
      retyped(
        source,
        "QZ_TABLE_NOT_FOUND",
        () => new QianzhiError("QZ_QUERY_FAILED", { source: "legacy", operation: "scan" }),
      ),
  ),
  inSource(
    "passes on errors that are not ours",
    ["a predicate that the source cannot read"],
    (source) => retyped(source, "QZ_QUERY_FAILED", () => new SyntaxError("at > 1")),
  ),
  inSource(
    "reads a column that is gone as its name",
    ["dropped between two pages"],
    ({ scan }) => ({
      async scan(request, signal) {
        try {
          return await scan(request, signal);
        } catch (error) {
          if (!QianzhiError.is(error) || error.code !== "QZ_COLUMN_NOT_FOUND") throw error;
          const page = await scan({ ...request, columns: [{ name: "id" }] }, signal);
          return {
            ...page,
            rows: page.rows.map(([id]) => [
              id!,
              ...request.columns.slice(1).map(({ name }) => name),
            ]),
          };
        }
      },
    }),
  ),
  inSource(
    "takes a table it may not read for an empty one",
    ["a table that the account may not read"],
    ({ scan }) => ({
      scan: (request, signal) =>
        scan(request, signal).catch(() => ({ rows: [], tied: 0, end: true })),
    }),
  ),
  inSource(
    "reads a column it may not read as NULL",
    ["a column that the account may not read"],
    ({ scan }) => ({
      scan: (request, signal) =>
        scan(request, signal).catch(async () => {
          const page = await scan({ ...request, columns: [{ name: "id" }] }, signal);
          return { ...page, rows: page.rows.map(([id]) => [id!, null]) };
        }),
    }),
  ),
  inSource("closes once only", ["closing twice is fine"], ({ close }) => {
    let closed = false;
    return {
      async close() {
        if (closed) throw new Error("closed already");
        closed = true;
        await close();
      },
    };
  }),
  inSource("is not ours once it is closed", ["a closed source answers"], (source) =>
    retyped(source, "QZ_SOURCE_LOST", () => new Error("no connection")),
  ),
  inSource("lets go of a call when it closes", ["closing during a call"], ({ describe, close }) => {
    let closed = false;
    return {
      async describe(relation, signal) {
        const described = await describe(relation, signal).catch(() => undefined);
        if (closed || described === undefined) throw new TypeError("described is undefined");
        return described;
      },
      async close() {
        closed = true;
        await close();
      },
    };
  }),
  inSource(
    "stays connected while a read is not at its end",
    ["a read that stops early"],
    ({ scan, close }) => {
      let open = false;
      return {
        async scan(request, signal) {
          const page = await scan(request, signal);
          open = !page.end;
          return page;
        },
        close: async () => (open ? undefined : close()),
      };
    },
  ),
  inOpen(
    "keeps a timer for each connection",
    ["a closed source leaves no timer"],
    (harness, host, cleanUp) => {
      const timer = setInterval(() => undefined, 60_000);
      cleanUp.push(() => clearInterval(timer));
      return harness.open(host);
    },
  ),
  inOpen(
    "keeps the timer of a lost connection",
    ["connection was lost leaves none"],
    async (harness, host, cleanUp) => {
      const source = await harness.open(host);
      return {
        ...source,
        async probe(signal) {
          const timer = setInterval(() => undefined, 60_000);
          cleanUp.push(() => clearInterval(timer));
          const told = await source.probe(signal);
          clearInterval(timer);
          return told;
        },
      };
    },
  ),
  inSource("keeps the pages it has handed over", ["does not keep the pages"], ({ scan }) => {
    const kept: unknown[] = [];
    return {
      async scan(request, signal) {
        const page = await scan(request, signal);
        kept.push(page);
        return page;
      },
    };
  }),
  inSource(
    "runs whatever stands in a query",
    ["nothing can be written"],
    ({ scan }, { database }) => ({
      scan(request, signal) {
        const [, name = ""] =
          ("query" in request.relation && /^DELETE FROM (\w+)/.exec(request.relation.query)) || [];
        const table = database.tables.get(name);
        if (table !== undefined) table.rows = [];
        return scan(request, signal);
      },
    }),
  ),
  inSource("passes on what the source says", ["words with a value"], ({ scan }) => ({
    scan: (request, signal) =>
      scan(request, signal).catch((error: unknown) => {
        throw new QianzhiError(
          "QZ_QUERY_FAILED",
          { source: "legacy", operation: "scan" },
          { cause: new Error(`${String(error)} near '${String(request.from)}'`) },
        );
      }),
  })),
  inSource(
    "shows the parameters of what failed",
    ["values of the position and the keys"],
    ({ scan }) => ({
      scan: (request, signal) =>
        scan(request, signal).catch((error: unknown) => {
          throw QianzhiError.is(error)
            ? new QianzhiError(error.code, { ...error.details, request })
            : error;
        }),
    }),
  ),
  inOpen("logs what it reads", ["logs no value"], async (harness, host) => {
    const source = (await harness.open(host)) as Whole;
    return {
      ...source,
      async scan(request, signal) {
        const page = await source.scan(request, signal);
        host.log.debug("page", { first: page.rows[0] });
        return page;
      },
    };
  }),
  inScan("cannot hand over a page of nothing", ["an empty table is one page"], {
    page: (page) => ({ ...page, tied: page.rows.length === 0 ? 1 : page.tied }),
  }),
];

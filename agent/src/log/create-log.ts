import {
  describeError,
  QianzhiError,
  type Clock,
  type Language,
  type Log,
  type LogFields,
} from "@qianzhi/sdk";
import { createLogger, format, transports, type Logger } from "winston";

export interface LogOptions {
  /** `text` for people at a terminal, `json` for machines: one JSON object a line. */
  readonly format: "text" | "json";
  readonly level: "debug" | "info" | "warn" | "error";
  /** In which errors say what happened and what to do. */
  readonly language: Language;
  readonly clock: Clock;
  /** Where lines go: standard error, so that standard output holds the command's answer alone. */
  readonly stream: NodeJS.WritableStream;
  /** A copy as JSON lines in files that together stay within bytes × count. */
  readonly file?: { readonly path: string; readonly maxBytes: number; readonly maxFiles: number };
}

/** A log and its end: what was logged before `close` is written when it resolves, and nothing is from then on. */
export interface ClosableLog extends Log {
  close(): Promise<void>;
}

/** The sdk's Log, written by winston. */
export function createLog(options: LogOptions): ClosableLog {
  const { language } = options;
  const time = format((info) => ({ ...info, time: new Date(options.clock.now()).toISOString() }));
  const line = options.format === "json" ? jsonLine : textLine;
  const logger = createLogger({
    level: options.level,
    format: time(),
    transports: [
      new transports.Stream({
        stream: options.stream,
        format: format.printf((info) => line(info as unknown as Entry)),
      }),
      ...(options.file === undefined ? [] : [fileTransport(options.file)]),
    ],
  });
  let isOver = false;
  const at =
    (level: LogOptions["level"]) =>
    (event: string, fields: LogFields = {}) => {
      // An adapter's call that was left behind may speak when all has ended, and must not end it by an error.
      if (!isOver) logger.log({ level, message: event, fields: plain(fields, language) });
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    close() {
      isOver = true;
      return closed(logger);
    },
  };
}

const fileTransport = ({
  path,
  maxBytes,
  maxFiles,
}: NonNullable<LogOptions["file"]>): transports.FileTransportInstance =>
  new transports.File({
    filename: path,
    maxsize: maxBytes,
    maxFiles,
    tailable: true,
    format: format.printf((info) => jsonLine(info as unknown as Entry)),
  });

interface Entry {
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** Our own names stand first, and are not overwritten by a field of the same name. */
function jsonLine({ time, level, message: event, fields }: Entry): string {
  const own = { time, level, event };
  return JSON.stringify({ ...own, ...fields, ...own });
}

/** `2026-01-15 08:00:00 INFO  event name=value`, in the machine's own zone; an error in words on lines of its own. */
function textLine({ time, level, message, fields }: Entry): string {
  const { error, ...rest } = fields;
  const shown = Object.entries(rest).map(
    ([name, value]) =>
      ` ${name}=${typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)}`,
  );
  const words = typeof error === "object" && error !== null ? Object.values(error) : [];
  return [
    `${localTime(time)} ${level.toUpperCase().padEnd(5)} ${message}${shown.join("")}`,
    ...words.map((each) => `    ${String(each)}`),
  ].join("\n");
}

const localTime = (iso: string): string =>
  new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium" }).format(
    new Date(iso),
  );

const plain = (fields: LogFields, language: Language): LogFields =>
  data(fields, language) as LogFields;

/** Fields as JSON data. Of an error its words stay, never its details. */
function data(value: unknown, language: Language): unknown {
  if (typeof value === "bigint") return String(value);
  if (QianzhiError.is(value)) return describeError(value, language);
  if (value instanceof Error) return { name: value.name, message: value.message };
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return value.map((each) => data(each, language));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, each]) =>
        each === undefined ? [] : [[key, data(each, language)]],
      ),
    );
  return value;
}

/** The logger's own end comes before its files are written: each transport says when it is done. */
async function closed(logger: Logger): Promise<void> {
  const finished = logger.transports.map(
    (transport) => new Promise((resolve) => transport.once("finish", resolve)),
  );
  logger.end();
  await Promise.all(finished);
}

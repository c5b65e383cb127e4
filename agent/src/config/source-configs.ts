import { isAbsolute, resolve } from "node:path";
import {
  defineAdapter,
  describeError,
  QianzhiError,
  type Adapter,
  type FileProblems,
} from "@qianzhi/sdk";
import { parseWindow } from "../care/time-window.ts";
import { checkCharset } from "./check-charset.ts";
import { readOptions } from "./read-options.ts";
import type { SecretReader } from "./secrets.ts";
import type { SourceConfig, TextCharset } from "./site-config.ts";
import { parseDuration } from "./units.ts";

/** A source as the file has it, defaults filled in. */
export interface RawSource extends TextCharset {
  readonly kind: string;
  readonly offset: string;
  readonly maxConnections: number;
  readonly maxRowsPerSecond?: number;
  readonly window?: string | readonly string[];
  readonly statementTarget: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface SourceContext {
  readonly directory: string;
  readonly secrets: SecretReader;
  readonly problems: FileProblems;
  findAdapter(kind: string): Promise<Adapter>;
}

type Options = Readonly<Record<string, unknown>>;

/** Finds the adapter of a source and checks the options against it; undefined when that failed. */
export async function readSource(
  name: string,
  raw: RawSource,
  context: SourceContext,
): Promise<SourceConfig | undefined> {
  const path = ["sources", name];
  const { problems, directory } = context;
  checkCharset(raw, path, problems);
  let adapter: Adapter;
  try {
    adapter = await context.findAdapter(raw.kind);
  } catch (error) {
    if (!isUnusable(error)) {
      const [en, zh] = [describeError(error, "en"), describeError(error, "zh")];
      problems.error(
        [...path, "kind"],
        [en.message, en.hint, en.original].join(" ").trimEnd(),
        [zh.message, zh.hint, zh.original].join(""),
      );
      return undefined;
    }
    adapter = refusing(raw.kind, error);
  }
  const options = await readOptions(raw.options, [...path, "options"], {
    ...context,
    secretOptions: adapter.secretOptions,
    schema: adapter.optionsSchema,
  });
  const { kind, options: _, window = [], statementTarget, ...rest } = raw;
  return {
    name,
    kind,
    adapter,
    options: absolutePaths(options, adapter.optionsSchema, directory),
    ...rest,
    windows: [window].flat().map(parseWindow),
    statementTargetMs: parseDuration(statementTarget),
  };
}

/** The adapter is there and cannot be used: the concern of its pipelines alone, not of the whole site. */
const isUnusable = (error: unknown): boolean =>
  QianzhiError.is(error) &&
  ["QZ_ADAPTER_CONTRACT", "QZ_ADAPTER_INVALID", "QZ_DRIVER_MISSING"].includes(error.code);

/** Stands in for such an adapter, and says why whenever it is to be opened. */
const refusing = (kind: string, error: unknown): Adapter =>
  defineAdapter({
    kind,
    optionsSchema: { type: "object" },
    open: () => Promise.reject(error),
  });

/** The option `path`, and those declared with `format: path`, are relative to the configuration file. */
function absolutePaths(options: Options, schema: Options, directory: string): Options {
  const properties = (schema["properties"] ?? {}) as Readonly<
    Record<string, { readonly format?: string } | undefined>
  >;
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) =>
      (key === "path" || properties[key]?.format === "path") &&
      typeof value === "string" &&
      !isAbsolute(value)
        ? [key, resolve(directory, value)]
        : [key, value],
    ),
  );
}

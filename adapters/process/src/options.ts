export interface ProcessOptions {
  /** The program: a name that is looked for on PATH, or a path. It is started as it is, without a shell. */
  readonly command: string;
  readonly args?: readonly string[];
  /** Where it is started. */
  readonly cwd?: string;
  /** Variables beside the few that it gets from the agent: {@link inherited}. */
  readonly env?: Readonly<Record<string, string>>;
  /** Handed over with `open` as it is. Not visible to other accounts, as arguments and variables may be. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly startTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  readonly maxLineBytes?: number;
}

export const defaults = {
  /** A Java runtime on an old machine takes seconds, and connects to its database then. */
  startTimeoutMs: 30_000,
  /** One page without a usable index on a large table can take minutes. */
  requestTimeoutMs: 300_000,
  /** A page of a thousand wide rows has a few megabytes. */
  maxLineBytes: 16 * 1024 * 1024,
} as const;

/**
 * The agent's variables that a program is given: what runtimes need to start. Not the others, since among them are the
 * agent's secrets.
 */
export const inherited = [
  ..."PATH HOME USER LOGNAME LANG LANGUAGE LC_ALL LC_CTYPE TZ TMPDIR JAVA_HOME".split(" "),
  ..."SystemRoot SystemDrive windir ComSpec PATHEXT TEMP TMP USERPROFILE APPDATA".split(" "),
  ..."LOCALAPPDATA ProgramData ProgramFiles NUMBER_OF_PROCESSORS".split(" "),
];

const milliseconds = { type: "integer", minimum: 100, maximum: 86_400_000 };

export const optionsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["command"],
  properties: {
    command: {
      type: "string",
      minLength: 1,
      description: "The program: a name that is looked for on PATH, or a path. No shell is used.",
    },
    args: { type: "array", items: { type: "string" } },
    cwd: { type: "string", minLength: 1, format: "path", description: "Where it is started." },
    env: {
      type: "object",
      additionalProperties: { type: "string" },
      description: "Variables for the program. Values may be { env: NAME } or { file: path }.",
    },
    options: {
      type: "object",
      description: "Handed to the program with `open`. Secrets as { env: NAME } or { file: path }.",
    },
    startTimeoutMs: { ...milliseconds, default: defaults.startTimeoutMs },
    requestTimeoutMs: { ...milliseconds, default: defaults.requestTimeoutMs },
    maxLineBytes: {
      type: "integer",
      minimum: 65_536,
      maximum: 268_435_456,
      default: defaults.maxLineBytes,
      description: "Longest line that the program may send.",
    },
  },
} as const;

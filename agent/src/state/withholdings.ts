import { storedJson } from "@qianzhi/exchange";
import type { Store } from "@qianzhi/exchange";

/** What is known of a pipeline whose share has ended. Times in milliseconds since 1970. */
export interface Withholding {
  /** The platform has refused this version, while its catalog had `published`, as far as it has one. */
  readonly refused: {
    readonly version: string;
    readonly published: string | null;
    /** In the platform's words: a text, or one in both languages. */
    readonly problem: unknown;
    readonly at: number;
  } | null;
  readonly withdrawal: Withdrawal | null;
  /** Items that are shared no more, while the platform may still have a record with them that is not sent again. */
  readonly narrowed: readonly string[] | null;
}

/** The platform was asked to remove everything that it has of the pipeline. */
export interface Withdrawal {
  /** In which it was sealed: in another one the platform may not have heard of it. */
  readonly epoch: number;
  readonly sealedAt: number;
  /** When it had answered; null before. */
  readonly doneAt: number | null;
}

const none: Withholding = { refused: null, withdrawal: null, narrowed: null };

export function readWithholding(
  { database }: Pick<Store, "database">,
  pipeline: string,
): Withholding {
  const row = database
    .prepare<{ content: string }>("SELECT content FROM withholding WHERE pipeline = ?")
    .get(pipeline);
  return row === undefined
    ? none
    : { ...none, ...(storedJson(row.content) as Partial<Withholding>) };
}

/** Changes the given fields, in the caller's transaction if there is one. */
export function writeWithholding(
  store: Pick<Store, "database">,
  pipeline: string,
  change: Partial<Withholding>,
): void {
  store.database
    .prepare(
      "INSERT INTO withholding VALUES (?, ?) ON CONFLICT DO UPDATE SET content = excluded.content",
    )
    .run(pipeline, JSON.stringify({ ...readWithholding(store, pipeline), ...change }));
}

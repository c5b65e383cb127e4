import type { Fragment } from "./dialect.ts";

interface StoppableLink {
  run(statement: Fragment): Promise<unknown>;
  /** Cuts the connection; what runs rejects. */
  cut(): void;
  end(): Promise<void>;
}

export interface StopStatements {
  /** Stops what runs on the first connection, said on the second. */
  readonly stop: string;
  /** Reads nothing: a stop that came too late hits the next statement, which is then this one. */
  readonly idle: string;
}

/** Stops the running statement from a second connection; where that cannot be had, cuts the first. */
export async function stopFromAnother(
  link: StoppableLink,
  open: () => Promise<StoppableLink>,
  { stop, idle }: StopStatements,
): Promise<void> {
  try {
    const second = await open();
    try {
      await second.run({ sql: stop, params: [] });
    } finally {
      await second.end();
    }
    await link.run({ sql: idle, params: [] }).catch(() => {});
  } catch {
    link.cut();
  }
}

import { QianzhiError } from "@qianzhi/sdk";
import type { SourceWords } from "./source-fault.ts";
import type { FaultContext, SqlConnection, SqlSession } from "./sql-connection.ts";

export interface OpeningParts<Link> {
  readonly words: SourceWords;
  connect(): Promise<Link>;
  /** Sets the session up, and says what can be done with it. */
  prepare(link: Link): Promise<SqlSession>;
  /** Of a link whose session could not be prepared. Never throws. */
  drop(link: Link): unknown;
  /** The driver's error as one of ours, from the first call to the last. */
  fault(error: unknown, context: FaultContext): QianzhiError;
}

/** Connects and prepares the session; what fails on the way is an error of ours, and leaves no link behind. */
export async function openConnection<Link>({
  words: { source, database },
  connect,
  prepare,
  drop,
  fault,
}: OpeningParts<Link>): Promise<SqlConnection> {
  let link: Link | undefined;
  try {
    link = await connect();
    return { source, fault, ...(await prepare(link)) };
  } catch (error) {
    if (link !== undefined) await drop(link);
    if (QianzhiError.is(error)) throw error;
    const connecting = link === undefined;
    throw fault(error, { operation: "connect", name: database, connecting });
  }
}

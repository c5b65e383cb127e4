import { QianzhiError } from "@qianzhi/sdk";
import type { SqlConnection } from "./sql-connection.ts";

export interface OpeningParts<Link> {
  connect(): Promise<Link>;
  prepare(link: Link): Promise<SqlConnection>;
  /** Of a link whose session could not be prepared. Never throws. */
  drop(link: Link): unknown;
  /** The driver's error as one of ours; `connecting` while no link stood. */
  fault(error: unknown, connecting: boolean): QianzhiError;
}

/** Connects and prepares the session; what fails on the way is an error of ours, and leaves no link behind. */
export async function openConnection<Link>({
  connect,
  prepare,
  drop,
  fault,
}: OpeningParts<Link>): Promise<SqlConnection> {
  let link: Link | undefined;
  try {
    link = await connect();
    return await prepare(link);
  } catch (error) {
    if (link !== undefined) await drop(link);
    throw QianzhiError.is(error) ? error : fault(error, link === undefined);
  }
}

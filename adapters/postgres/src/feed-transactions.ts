import { readMessage, type FeedRelation } from "./pgoutput.ts";

interface FedTable {
  readonly schema: string;
  readonly table: string;
  readonly key: readonly string[];
}

/** What one transaction did to the table. */
export interface Transaction {
  readonly transaction: number;
  end: bigint;
  /** It emptied the table, or the feed does not tell the keys of its rows: everything is to be read again. */
  unreadable: boolean;
  /** Key texts with whether the row is there, in the order of changes. */
  readonly keys: (readonly [key: readonly string[], present: boolean])[];
}

/** The transactions of a page, empty where they were visible to the snapshot; `cut` when the last is not complete. */
export function transactionsOf(
  messages: readonly Buffer[],
  { schema, table, key }: FedTable,
  seen: string | undefined,
): { readonly transactions: readonly Transaction[]; readonly cut: boolean } {
  const relations = new Map<number, readonly number[]>();
  const transactions: Transaction[] = [];
  let open: Transaction | undefined;
  const isSeen = (one: Transaction) => seen !== undefined && isVisible(seen, one.transaction);
  const close = (end: bigint): void => {
    if (open === undefined) return;
    transactions.push(
      isSeen(open) ? { ...open, unreadable: false, keys: [], end } : { ...open, end },
    );
    open = undefined;
  };
  for (const bytes of messages) {
    const message = readMessage(bytes);
    switch (message.is) {
      case "begin":
        // The slot passes a transaction by standing behind the start of its commit.
        open = {
          transaction: message.transaction,
          end: message.commits + 1n,
          unreadable: false,
          keys: [],
        };
        break;
      case "commit":
        close(message.end);
        break;
      case "relation":
        if (message.relation.schema === schema && message.relation.name === table)
          relations.set(message.id, keyPlaces(message.relation, key));
        else relations.delete(message.id);
        break;
      case "change": {
        const places = relations.get(message.id);
        if (open === undefined || places === undefined) break;
        const { before, now } = message;
        // A large value that did not change is told with what identified the row, not again with what is now.
        const after = now?.map((value, at) => (value === undefined ? before?.[at] : value));
        const states = [[before, false] as const, [after, true] as const];
        for (const [row, present] of states) {
          if (row === undefined) continue;
          const values = places.map((at) => row[at]);
          if (values.every((value) => typeof value === "string")) open.keys.push([values, present]);
          else open.unreadable = true;
        }
        break;
      }
      case "truncate":
        if (open !== undefined && message.ids.some((id) => relations.has(id)))
          open.unreadable = true;
        break;
      case "other":
        break;
    }
  }
  const cut = open !== undefined;
  if (open !== undefined && isSeen(open)) close(open.end);
  return { transactions, cut };
}

/** Where the key columns are in the feed's rows; nowhere, when a deletion does not tell them. */
const keyPlaces = ({ columns }: FeedRelation, key: readonly string[]): readonly number[] =>
  key.map((name) => columns.findIndex((column) => column.name === name && column.identifies));

/** @param snapshot `xmin:xmax:xip,…` in 64 bits; the log has the lower 32 of a transaction's number. */
export function isVisible(snapshot: string, transaction: number): boolean {
  const [, xmax = "0", running = ""] = snapshot.split(":");
  const next = BigInt(xmax);
  // The number nearest to the snapshot's, of all that have these bits.
  const number = next + BigInt.asIntN(32, BigInt(transaction) - next);
  return number < next && !running.split(",").includes(String(number));
}

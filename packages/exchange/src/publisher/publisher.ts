import {
  QianzhiError,
  type JsonRecord,
  type RecordOf,
  type RefusalReason,
  type ResourceDescriptor,
} from "@qianzhi/sdk";
import type { Sealed } from "../outbox/chain.ts";
import { drainIntents, type DrainOptions, type Intents } from "./drain-intents.ts";
import {
  isInvalid,
  prepareChange,
  type ChangeInput,
  type InvalidChange,
  type PreparedChange,
} from "./prepare-changes.ts";
import {
  checkQuarantine,
  quarantineInvalid,
  sealChanges,
  tooLarge,
  type PublishContext,
} from "./publish.ts";
import { reconcile, type ReconcileOptions, type ReconcileResult } from "./reconcile.ts";

/** The key items of a declared resource. */
export type KeyOf<D extends ResourceDescriptor> = Pick<
  RecordOf<D>,
  D["key"][number] & keyof RecordOf<D>
>;

/** One change of a declared resource. */
export type Change<D extends ResourceDescriptor> = ChangeInput<RecordOf<D>, KeyOf<D>>;

/** What became of each change handed over, in the same order. */
export type ChangeResult =
  /** In the outbox, durably, at this place. */
  | { readonly status: "sealed"; readonly epoch: number; readonly sequence: number }
  /** A later change of the same call has the same key and was sealed in its place. */
  | { readonly status: "superseded" }
  /** Cannot be sent, and why; kept in quarantine. */
  | { readonly status: "invalid"; readonly reasons: readonly RefusalReason[] };

export interface PublishOptions {
  /** Any invalid change refuses the call: QZ_RECORD_INVALID with `details.results`, nothing sealed or quarantined. */
  readonly strict?: boolean;
}

/** Publishes the records of one resource. Calls of one publisher take effect in the order in which they were made. */
export interface Publisher<D extends ResourceDescriptor = ResourceDescriptor> {
  /**
   * Seals changes; durable when resolved, whatever happens to process, power or platform afterwards. When it throws, a part
   * may be sealed already: publishing the same again is harmless. Throws QZ_OUTBOX_FULL, QZ_DISK_FULL, QZ_QUARANTINE_FULL,
   * QZ_CANCELLED once the exchange is closed, and QZ_POLICY_WITHHELD for records whose share has ended; deletes, which withdraw, go on.
   */
  publish(
    changes: readonly Change<D>[],
    options?: PublishOptions,
  ): Promise<readonly ChangeResult[]>;
  /** Compares all current records with what was last sealed, and seals the difference: see {@link ReconcileResult}. */
  reconcile(
    records: Iterable<RecordOf<D>> | AsyncIterable<RecordOf<D>>,
    options?: ReconcileOptions,
  ): Promise<ReconcileResult>;
  /**
   * Publishes intents that the business wrote in its own transactions, and removes them once they are durable here. One
   * process drains at a time; another waits. Answers how many were drained.
   */
  drain<Id>(intents: Intents<Change<D>, Id>, options?: DrainOptions): Promise<number>;
}

/** What a publisher asks of the exchange it belongs to. */
export interface PublisherOptions {
  /** Throws QZ_CANCELLED when the exchange is closed. */
  readonly mustBeOpen: () => void;
  /** Throws QZ_POLICY_WITHHELD when no record of the resource may leave. */
  readonly mayPublish: () => void;
  /** Runs while no other process drains or reconciles this stream. */
  readonly alone: <T>(work: () => Promise<T>, signal: AbortSignal | undefined) => Promise<T>;
}

export function createPublisher<D extends ResourceDescriptor>(
  context: PublishContext,
  { mustBeOpen, mayPublish, alone }: PublisherOptions,
): Publisher<D> {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = (): Promise<T> => {
      mustBeOpen();
      return work();
    };
    const turn = last.then(next, next);
    last = turn;
    return turn;
  };
  // A comparison with no record left withdraws, and needs no permission.
  async function* permitted(records: Iterable<JsonRecord> | AsyncIterable<JsonRecord>) {
    let asked = false;
    for await (const record of records) {
      if (!asked) mayPublish();
      asked = true;
      yield record;
    }
  }
  const publishNow = async (changes: readonly ChangeInput[], options: PublishOptions = {}) => {
    if (changes.some(({ upsert }) => upsert !== undefined)) mayPublish();
    return publishChanges(context, changes, options.strict ?? false);
  };
  return {
    publish: (changes, options) =>
      inTurn(() => publishNow(changes as readonly ChangeInput[], options)),
    reconcile: (records, options = {}) =>
      inTurn(() =>
        alone(
          () => reconcile(context, permitted(records as Iterable<JsonRecord>), options),
          options.signal,
        ),
      ),
    drain: (intents, options = {}) =>
      inTurn(() =>
        alone(
          () =>
            drainIntents(
              intents,
              (changes) => publishNow(changes as readonly ChangeInput[]),
              options,
            ),
          options.signal,
        ),
      ),
  };
}

async function publishChanges(
  context: PublishContext,
  changes: readonly ChangeInput[],
  strict: boolean,
): Promise<readonly ChangeResult[]> {
  const prepared = changes.map((change, at) => prepareChange(context.resource, change, at));
  const results = prepared.map((each): ChangeResult =>
    isInvalid(each) ? { status: "invalid", reasons: each.reasons } : { status: "superseded" },
  );
  const invalid = prepared.filter(isInvalid);
  if (strict && invalid.length > 0) {
    throw new QianzhiError("QZ_RECORD_INVALID", { name: context.stream.resource, results });
  }
  const last = lastOfEachKey(prepared);
  // What a later change of the same call has mended is no difference any more.
  const mended = new Map(last.map(({ keyText, index }) => [keyText, index]));
  const standing = invalid.filter(
    ({ keyText, index }) => (mended.get(keyText ?? "") ?? -1) < index,
  );
  checkQuarantine(context, standing);
  const large: InvalidChange[] = [];
  const parts = await sealChanges(context, last, (change) => void large.push(tooLarge(change)));
  quarantineInvalid(context, [...standing, ...large]);
  for (const { changes: sealed, sealed: at } of parts) placed(results, sealed, at);
  for (const { index, reasons } of large) results[index] = { status: "invalid", reasons };
  return results;
}

function placed(
  results: ChangeResult[],
  changes: readonly PreparedChange[],
  { epoch, sequence }: Sealed,
): void {
  for (const { index } of changes) results[index] = { status: "sealed", epoch, sequence };
}

/** A key stands at most once in a batch, and what was said of it last holds. */
function lastOfEachKey(
  prepared: readonly (PreparedChange | InvalidChange)[],
): readonly PreparedChange[] {
  const byKey = new Map<string, PreparedChange>();
  for (const change of prepared) if (!isInvalid(change)) byKey.set(change.keyText, change);
  return [...byKey.values()];
}

import type { AdapterHost, RelationDescription, Source, World } from "@qianzhi/sdk";
import { contentSeal, type Store } from "@qianzhi/exchange";
import type { PipelineConfig } from "../config/site-config.ts";
import { openKeyClaims } from "../state/key-claims.ts";
import {
  readPipelineState,
  writePipelineState,
  type PipelineState,
} from "../state/pipeline-state.ts";
import { openSealedKeys, type SealedKeys } from "../state/sealed-keys.ts";
import { compilePipeline, type CompiledPipeline } from "./compile-pipeline.ts";
import { nothingNew, pollCursor } from "./cursor.ts";
import { pollDiff } from "./diff.ts";
import { blockCipher } from "./diff-block.ts";
import { describeRelation } from "./describe-relation.ts";
import { openDiffIndex } from "./diff-index.ts";
import { followServer } from "./follow-server.ts";
import { driftBehind, followShape, refuseDrift } from "./follow-shape.ts";
import { keyIsMappedAlone } from "./key-mapping.ts";
import { findColumn, relationName } from "./map.ts";
import { pollNative } from "./native.ts";
import { noChanges } from "./page-changes.ts";
import type { PipelineRun, RunCounts, Stage } from "./pipeline-run.ts";
import { lookAt, type PipelineMemory } from "./quiet-poll.ts";
import { readNulls } from "./read-nulls.ts";
import { rereadNominated, type Nominations } from "./reread.ts";
import { keyedHash } from "./row-hash.ts";
import { isRestored } from "./restored.ts";
import { rowFeed } from "./row-feed.ts";
import { pollReplace } from "./replace.ts";
import { largeListing, refuseCostly } from "./statement-cost.ts";
import { stageListing, type Staging } from "./stage-listing.ts";

export interface RunOptions {
  readonly config: PipelineConfig;
  readonly source: Source;
  readonly store: Store;
  readonly stage: Stage;
  /** Where rows may say of themselves that they are not shared any more. */
  readonly sealedKeys: SealedKeys | undefined;
  readonly counts: RunCounts;
  /** Keys to read again whatever the position says: temporary refusals, retries from quarantine. */
  readonly nominations: Nominations;
  readonly world: World;
  /** The pipeline's own, from run to run. */
  readonly memory: PipelineMemory;
  readonly host: Pick<AdapterHost, "decode">;
  readonly signal: AbortSignal;
  /** Where listings are staged. */
  readonly staging: Staging;
  readonly heldThere: PipelineRun["heldThere"];
}

/**
 * One run of a pipeline: decides what has to be read and in which order, and leaves the reading to the mode. It is the
 * pipeline's serial stage: never called again before it has returned.
 */
export async function runPipeline(options: RunOptions): Promise<void> {
  try {
    await poll(options);
  } catch (error) {
    throw await driftBehind(options, error);
  }
}

async function poll(options: RunOptions): Promise<void> {
  const { config, source, store, world, signal, memory, nominations } = options;
  const look = await lookAt(options);
  if (look.found === "nothing") return;
  const describedAtMs = world.clock.monotonic();
  const description = await describeRelation(config, source, signal);
  if (description.estimatedRows !== undefined) options.counts.expected = description.estimatedRows;
  followShape(options, description);
  await followServer(options);
  const prepared = prepare(options, description);
  if (config.mode === "replace") {
    const large = largeListing(config, description);
    if (large !== undefined && !config.allowFullScan) throw large;
  } else await refuseCostly(prepared, description, memory);
  const run = { ...prepared, state: await followFingerprint(options, prepared) };
  if (config.mode === "replace") return pollReplace(run);
  // Of a row without key a feed tells nothing, and a full pass everything.
  if (config.mode !== "native") await readNulls(run, description);
  if (config.mode === "cursor") {
    await rereadNominated(run, nominations);
    const cursor = findColumn(description.columns, config.cursor ?? "", run.relationName);
    if (look.found === "something" || !(await nothingNew(run))) await pollCursor(run, cursor);
  } else {
    const cipher = blockCipher(store.secret.derive("diff-index"), world.random);
    const { feed } = run;
    const found = feed === undefined ? undefined : run.keyed;
    const index = openDiffIndex(store.database, config.name, cipher, found);
    if (feed === undefined) await pollDiff(run, index, nominations);
    else {
      const first = look.found === "something" ? look.page : undefined;
      await pollNative({ run, feed, index, nominations, first });
    }
  }
  memory.relation = { description, prepared, describedAtMs };
}

/** A pipeline that deletes what a row says of itself must know what it has shared: see `PageRules.wasSealed`. */
export function sealedKeysOf(
  { name, mode, where, deletedWhen, onInvalid }: PipelineConfig,
  { database, secret }: Store,
): SealedKeys | undefined {
  const needed = where !== undefined || deletedWhen !== undefined || onInvalid === "withdraw";
  return mode === "cursor" && needed
    ? openSealedKeys(database, name, keyedHash(secret.derive("row-hash")))
    : undefined;
}

/**
 * The same pipeline for reading alone: what would be sealed, without sealing.
 *
 * @param whatever Also of a relation that is not what it was: to look at a few rows of it.
 */
export async function preparePipeline(
  options: RunOptions,
  whatever: boolean,
): Promise<PipelineRun> {
  const { config, source, signal } = options;
  const description = await describeRelation(config, source, signal);
  if (!whatever) refuseDrift(options, description);
  return prepare(options, description);
}

function prepare(options: RunOptions, description: RelationDescription): PipelineRun {
  const { store, world, signal, stage, counts, sealedKeys, nominations } = options;
  const compiled = compiledFor(options, description);
  const { config, columns, isStaged, keyed, sourceKey } = compiled;
  const name = relationName(config);
  const orderOf = keyedHash(store.secret.derive("staging-order"));
  const staged = !isStaged
    ? undefined
    : stageListing({
        source: options.source,
        relation: config.relation,
        relationName: name,
        columns,
        key: config.key,
        sourceKey,
        orderOf: (text) => Buffer.from(orderOf(text), "hex"),
        staging: options.staging,
      });
  return {
    ...compiled,
    source: staged ?? options.source,
    world,
    store,
    signal,
    stage,
    counts,
    staging: options.staging,
    heldThere: options.heldThere,
    relationName: name,
    ...(staged === undefined ? {} : { confirmByListing: staged.confirm }),
    ...rowFeed(options.source, config, columns, signal),
    state: readPipelineState(store, config.name),
    rules: {
      evaluate: compiled.evaluate,
      withdrawRefused: config.onInvalid === "withdraw",
      keyColumns: config.key,
      partBytes: stagePartBytes(store),
      ...(sealedKeys === undefined ? {} : { wasSealed: sealedKeys.has }),
    },
    claims:
      config.mode === "replace" || keyIsMappedAlone(config)
        ? undefined
        : openKeyClaims(store.database, {
            pipeline: config.name,
            keyedBy: compiled.keyedBy,
            keyed,
            seal: contentSeal(store.secret, world.random, "key-claims"),
          }),
    nominate(sourceKeys) {
      const nominated = sourceKeys.map((key) => ({ sourceKey: key, deletedKey: null }));
      if (!nominations.add(nominated, world.clock.now()))
        writePipelineState(store, config.name, { resync: true });
    },
  };
}

/** Compiles the pipeline once for each way in which the source describes its relation: most runs find it as it was. */
function compiledFor(
  { config, source, store, host, memory }: RunOptions,
  description: RelationDescription,
): CompiledPipeline {
  // Records are staged in mode replace, in place of rows.
  const isStaged = source.scan === undefined && config.mode !== "replace";
  const described = JSON.stringify([isStaged, description.columns, description.key]);
  if (memory.compiled?.described !== described) {
    const pipeline = compilePipeline({ config, store, host, isStaged }, description);
    memory.compiled = { described, pipeline };
  }
  return memory.compiled.pipeline;
}

/** Room is left in a batch for its manifest and for deletes. */
const stagePartBytes = ({ limits }: Store): number => Math.floor(limits.maxBatchBytes / 2);

/** Why every row has to be mapped again; undefined when none has. */
async function becauseOf(
  run: PipelineRun,
): Promise<"resync" | "fingerprint" | "restored" | undefined> {
  const { config, state, fingerprint: current } = run;
  if (state.resync) return "resync";
  if (state.fingerprint !== current) return "fingerprint";
  return config.mode === "cursor" && (await isRestored(run)) ? "restored" : undefined;
}

/** When what determines the output has changed, the source was set back, or a person asked for it, every row is mapped again. */
async function followFingerprint(
  { config, store, stage, world }: RunOptions,
  run: PipelineRun,
): Promise<PipelineState> {
  const { state, fingerprint: current } = run;
  const because = await becauseOf(run);
  if (because === undefined) return state;
  if (state.fingerprint !== null)
    world.log[because === "restored" ? "warn" : "info"]("full pass", {
      pipeline: config.name,
      because,
    });
  const hasLeftReplace = config.mode !== "replace" && state.replaced !== null;
  await stage.seal(noChanges, () => {
    const generation = state.generation + (because === "fingerprint" ? 0 : 1);
    writePipelineState(store, config.name, {
      fingerprint: current,
      position: null,
      feed: null,
      witnesses: [],
      fullPass: true,
      resync: false,
      generation,
      ...(hasLeftReplace ? { replaced: null } : {}),
    });
    store.database.prepare("DELETE FROM overlap WHERE pipeline = ?").run(config.name);
    // What was written since the backup is at the platform, and no row tells of it any more.
    if (because === "restored") stage.owe("the source was set back");
    // Of what only the last generation had, no index tells.
    if (hasLeftReplace) stage.owe("the pipeline has left mode replace");
  });
  return readPipelineState(store, config.name);
}

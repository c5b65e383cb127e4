import { readReconciliation, type PipelineState } from "@qianzhi/agent";
import { AgentProcess } from "./agent-process.ts";
import { checkAccounts, checkCopy, type Mapping } from "./check-copy.ts";
import { EventQueue } from "./event-queue.ts";
import { Disaster } from "./disaster.ts";
import { fileDisk } from "./disk.ts";
import { legacyAdapter, type SourceWatch } from "./legacy-adapter.ts";
import { LegacyTable, type LegacyRow } from "./legacy-table.ts";
import { memoryDisk } from "./memory-disk.ts";
import type { Clocks } from "./clocks.ts";
import { connect } from "./network.ts";
import { article, columns, stream } from "./resource.ts";
import { dice } from "./seeded-random.ts";
import { sparePlatform } from "./spare-platform.ts";
import { sourceTime } from "./source-time.ts";
import { Trouble } from "./trouble.ts";
import { Witness } from "./witness.ts";
import { Workload } from "./workload.ts";
import { isTiny, type WorldShape } from "./world-shape.ts";

/** What became of one simulated world. */
export interface Outcome {
  readonly seed: number;
  /** Each with the invariant that it breaks; none in a good world. */
  readonly violations: readonly string[];
  /** Everything that happened, line by line: the same for the same seed. */
  readonly script: readonly string[];
}

/** A world that is healed and does not come to rest within this time never will. */
const PATIENCE_MS = 4 * 3_600_000;
const LOOK_MS = 1_000;
/** A stamp stands for so long: the last change may count as not settled until the next one. */
const stampMs = ({ fraction }: WorldShape): number => (fraction === 0 ? 1_000 : 1);

/**
 * Runs one world from its start until it was healed, has drained and was checked. Everything in it follows from its
 * shape and the seed: the source and its application, the network, the platform, and when the agent dies.
 */
export async function simulate(asked: WorldShape): Promise<Outcome> {
  // Faults are healed in the end.
  const shape = { ...asked, faults: { ...asked.faults } };
  const { seed } = shape;
  const queue = new EventQueue();
  const begin = queue.now;
  const script: string[] = [];
  const say = (event: string): void =>
    void script.push(`${((queue.now - begin) / 1000).toFixed(3).padStart(9)}  ${event}`);
  say(`world: ${JSON.stringify(shape)}`);
  const world = await buildWorld({ shape, queue, say });
  try {
    await play(world, queue, shape);
  } finally {
    await world.agent.close();
    world.disk.close();
  }
  return { seed, violations: world.witness.violations, script };
}

interface WorldOptions {
  readonly shape: WorldShape;
  readonly queue: EventQueue;
  readonly say: (event: string) => void;
}

async function buildWorld({ shape, queue, say }: WorldOptions) {
  const diceOf = (part: string) => dice(`${shape.seed}/${part}`);
  const disk = isTiny(shape) ? memoryDisk(diceOf("disk")) : fileDisk();
  const directory = `${disk.root}/data`;
  disk.make(directory);
  const { faults } = shape;
  const isLive = ({ shown, gone }: LegacyRow): boolean =>
    (!shape.where || shown === 1) && (!shape.deletedWhen || gone === 0);
  const table = new LegacyTable(queue, diceOf("table"), isLive);
  const clocks: Clocks = { agent: 0, platform: 0, source: shape.sourceSkewMs };
  const now = (): string => sourceTime(queue.now + clocks.source, 3);
  const stamp = (): string => sourceTime(queue.now + clocks.source, shape.fraction);
  const { platform, database: platformData } = await sparePlatform({
    clock: { now: () => queue.now + clocks.platform, monotonic: () => queue.now },
    random: diceOf("platform"),
  });
  const witness = new Witness(table, shape, () => queue.now);
  const [sourceDice, networkDice] = [diceOf("source"), diceOf("network")];
  const late = { requests: 0 };
  const mapping: Mapping = { hasAmount: true };
  const process = (name: string, at: string, watch: SourceWatch): AgentProcess =>
    new AgentProcess({
      queue,
      dice: diceOf(name),
      shape,
      directory: at,
      disk,
      witness,
      say,
      isRival: name !== "agent",
      mapping,
      skewMs: () => clocks.agent,
      adapter: (life) =>
        legacyAdapter({
          table,
          columns: columns({ fraction: shape.fraction, nullable: shape.nullableCursor }),
          dice: sourceDice,
          faults,
          now,
          life: () => life,
          watch,
          hasFeed: shape.mode === "native",
        }),
      target: (life, place) =>
        connect(
          {
            queue,
            dice: networkDice,
            platform,
            faults,
            witness,
            lateReceipts: shape.lateReceiptsMs !== undefined,
            tellsCatalog: shape.disasters !== undefined,
            pace: shape.pace,
            late,
            say,
          },
          life,
          place,
        ),
    });
  const agent: AgentProcess = process("agent", directory, {
    onRun: () => agent.ask((site) => witness.onRun(site)),
    onScan: (request) => witness.onScan(request),
  });
  let rivals = 0;
  const startRival = (copy: string | undefined): AgentProcess => {
    rivals += 1;
    const place = copy ?? `${directory}-rival-${rivals}`;
    if (copy === undefined) disk.make(place);
    const rival = process(`rival ${rivals}`, place, unwatched);
    rival.start();
    return rival;
  };
  const workload = new Workload({ queue, dice: diceOf("work"), table, shape, stamp, say });
  const trouble = new Trouble({
    queue,
    dice: diceOf("trouble"),
    shape,
    faults,
    table,
    platform,
    agent,
    clocks,
    say,
  });
  const { disasters } = shape;
  const disaster =
    disasters === undefined
      ? undefined
      : new Disaster({
          queue,
          dice: diceOf("disaster"),
          disasters,
          platform,
          platformData,
          agent,
          startRival,
          witness,
          mapping,
          clocks,
          pace: shape.pace,
          say,
        });
  if (disaster !== undefined) queue.onRest = () => agent.lookAtVoided();
  return { table, platform, disk, witness, agent, workload, trouble, disaster, mapping, late };
}

type World = Awaited<ReturnType<typeof buildWorld>>;

const unwatched: SourceWatch = { onRun: () => undefined, onScan: () => undefined };

async function play(
  { table, platform, witness, agent, workload, trouble, disaster, mapping, late }: World,
  queue: EventQueue,
  shape: WorldShape,
): Promise<void> {
  workload.start();
  agent.start();
  trouble.start();
  disaster?.start();
  const lookMs = LOOK_MS * shape.pace;
  const chaosEnds = queue.now + shape.chaosMs;
  await queue.runUntil(chaosEnds);
  workload.stop();
  trouble.heal();
  await disaster?.heal();
  while (!workload.atRest) await queue.runUntil(queue.now + lookMs);

  // A generation that is lost shows only where no later one takes its place.
  if (shape.diesLate) trouble.crashOnceMore();

  const restsSince = queue.now + shape.settleMs + stampMs(shape);
  const held = (): number =>
    platform.records(article.identifier, { limit: 100_000 }).records.length;
  const isWithdrawn = (): boolean =>
    held() === 0 &&
    agent.state?.lastError?.code === "QZ_POLICY_WITHHELD" &&
    agent.ask(({ outbox }) => outbox.waiting().batches) === 0;
  const isDrained = (): boolean =>
    agent.lastRunAt > restsSince &&
    agent.hasAsked &&
    agent.ask(
      ({ outbox }) =>
        outbox.waiting().batches === 0 &&
        // What is owed after a disaster is paid without being asked for.
        (disaster === undefined || outbox.owed(stream) === undefined) &&
        nominated(outbox.store.database) === 0,
    ) === true &&
    isCalm(agent.state);
  const isAtRest = disaster?.isWithdrawn === true ? isWithdrawn : isDrained;
  while (!isAtRest()) {
    if (queue.now > restsSince + PATIENCE_MS) {
      const { lastError, guard } = agent.state ?? {};
      const waiting = agent.ask(({ outbox }) => outbox.waiting());
      const why = JSON.stringify({ waiting, lastError, guard });
      witness.note(`I9: healed, but it does not come to rest: ${why}`);
      return;
    }
    await queue.runUntil(queue.now + lookMs);
  }
  while (late.requests > 0) await queue.runUntil(queue.now + lookMs);
  if (shape.reconciles && !(await reconciled({ agent, queue, shape, isDrained })))
    witness.note("I9: healed, and reconciliations do not come to an end");
  agent.look();
  if (isAtRest === isWithdrawn && held() > 0) witness.note("I5: what was withdrawn is back");
  agent.ask((site) => {
    for (const violation of [
      ...(isAtRest === isDrained ? checkCopy({ table, shape, mapping, platform, site }) : []),
      ...checkAccounts(site),
    ])
      witness.note(violation);
  });
}

/** Has source and platform reconciled until nothing differs; in some worlds the agent does so when its time comes. */
async function reconciled({
  agent,
  queue,
  shape,
  isDrained,
}: {
  readonly agent: AgentProcess;
  readonly queue: EventQueue;
  readonly shape: WorldShape;
  readonly isDrained: () => boolean;
}): Promise<boolean> {
  const begun = queue.now;
  const isOnTime = shape.seed % 5 === 0;
  for (let isAsked = false; queue.now < begun + PATIENCE_MS;) {
    if (!isAsked && !isOnTime) agent.reconcile();
    await queue.runUntil(queue.now + LOOK_MS * shape.pace);
    const state = agent.ask(({ store }) => readReconciliation(store, stream.pipeline));
    isAsked = typeof state?.askedAt === "number";
    const { outcome, error = null } = state ?? {};
    if (isAsked || error !== null || outcome === null || outcome === undefined) continue;
    if ((state?.doneAt ?? 0) < begun) continue;
    const { missing, stale, surplus } = outcome.repaired;
    const isClean = missing + stale + surplus === 0 && outcome.held === undefined;
    if (isClean && !outcome.isPart && isDrained()) return true;
  }
  return false;
}

const isCalm = (state: PipelineState | undefined): boolean =>
  state?.lastError === null &&
  state.guard === null &&
  state.againAt === null &&
  !state.fullPass &&
  !state.resync;

const nominated = (database: { prepare<R>(sql: string): { get(): R | undefined } }): number =>
  database.prepare<{ n: number }>("SELECT count(*) AS n FROM nomination").get()?.n ?? 0;

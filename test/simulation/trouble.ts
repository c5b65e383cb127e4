import { readReconciliation } from "@qianzhi/agent";
import type { Platform } from "@qianzhi/sandbox";
import type { AgentProcess } from "./agent-process.ts";
import { setClock, type Clocks } from "./clocks.ts";
import type { EventQueue } from "./event-queue.ts";
import { heal, type Faults } from "./faults.ts";
import type { LegacyTable } from "./legacy-table.ts";
import { stream } from "./resource.ts";
import { recurring } from "./recurring.ts";
import type { Dice } from "./seeded-random.ts";
import type { WorldShape } from "./world-shape.ts";

export interface TroubleOptions {
  readonly queue: EventQueue;
  readonly dice: Dice;
  readonly shape: WorldShape;
  readonly faults: Faults;
  readonly table: LegacyTable;
  readonly platform: Platform;
  readonly agent: AgentProcess;
  readonly clocks: Clocks;
  readonly say: (event: string) => void;
}

/** Statements that the agent survives at most once its death is decided: a run and a delivery take some hundred. */
const MOST_STATEMENTS = 100;
/** An agent that executes none dies all the same. */
const LAST_BREATH_MS = 1_500;
/** Between two losses at the platform, and between two reconciliations, at most. */
const LOSS_MS = 4_000;
const RECONCILE_MS = 6_000;
/** How often the operator looks whether the delete guard waits for him. */
const OPERATOR_MS = 3_000;

/** What goes wrong from outside, until it is healed; and the operator, who comes by all the time. */
export class Trouble {
  readonly #options: TroubleOptions;
  #healed = false;

  constructor(options: TroubleOptions) {
    this.#options = options;
  }

  start(): void {
    const { shape, dice } = this.#options;
    this.#misbehave({});
    this.#again(shape.crashGapMs, () => this.#crash());
    this.#again(shape.downGapMs, () => this.#takeDown());
    this.#again(shape.refusalGapMs, () => this.#refuse());
    if (shape.reconciles) {
      this.#again(this.#paced(LOSS_MS), () => this.#lose());
      this.#again(this.#paced(RECONCILE_MS), () => this.#reconcile());
    }
    this.#again(shape.sourceClockMs, () => setClock(this.#options.clocks, "source", this.#options));
    this.#again(this.#paced(OPERATOR_MS), () => this.#lookAtGuard(dice.chance(0.15)));
  }

  /** A death after everything else has ended. */
  crashOnceMore(): void {
    const { agent, dice } = this.#options;
    agent.dieAfter(dice.between(0, MOST_STATEMENTS), dice.chance(0.5));
  }

  heal(): void {
    this.#healed = true;
    heal(this.#options.faults);
    this.#misbehave({});
    this.#options.agent.dieAfter(-1, false);
    this.#options.say("everything is healed");
    const comeBy = (): void => {
      this.#lookAtGuard(true);
      this.#lookAtRefusals();
      this.#options.queue.after(OPERATOR_MS, comeBy);
    };
    comeBy();
  }

  #again(gapMs: number | undefined, act: () => void): void {
    recurring(this.#options, gapMs, { act, isOver: () => this.#healed });
  }

  #paced(ms: number): number {
    return ms * this.#options.shape.pace;
  }

  #crash(): void {
    const { queue, dice, agent } = this.#options;
    agent.dieAfter(dice.between(0, MOST_STATEMENTS), dice.chance(0.5));
    const { site } = agent;
    queue.after(this.#paced(LAST_BREATH_MS), () => {
      if (!this.#healed && agent.site === site) agent.kill();
    });
  }

  #takeDown(): void {
    const { queue, dice, faults, say } = this.#options;
    say("platform: is down");
    faults.down = true;
    queue.after(this.#paced(dice.between(500, 6_000)), () => {
      if (faults.down) say("platform: is up");
      faults.down = false;
    });
  }

  #refuse(): void {
    const { queue, dice, table, shape } = this.#options;
    const keys = dice
      .shuffled(table.rows())
      .slice(0, dice.between(1, 5))
      .map(({ code }) => JSON.stringify({ code }));
    this.#options.say(`platform: refuses ${keys.join(" ")}`);
    this.#misbehave({ refuseKeys: keys, temporary: dice.chance(shape.refusesForNow) });
    queue.after(this.#paced(dice.between(500, 4_000)), () => this.#misbehave({}));
  }

  /** The platform says that it has taken changes of some keys, and has not. */
  #lose(): void {
    const { queue, dice, table, say } = this.#options;
    const loseKeys = dice
      .shuffled(table.rows())
      .slice(0, dice.between(1, 5))
      .map(({ code }) => JSON.stringify({ code }));
    say(`platform: loses ${loseKeys.join(" ")}`);
    this.#misbehave({ loseKeys });
    queue.after(this.#paced(dice.between(500, 4_000)), () => this.#misbehave({}));
  }

  #reconcile(): void {
    this.#options.say("operator: has source and platform reconciled");
    this.#options.agent.reconcile();
  }

  #misbehave(faults: {
    readonly loseKeys?: readonly string[];
    readonly refuseKeys?: readonly string[];
    readonly temporary?: boolean;
  }): void {
    const { platform, shape } = this.#options;
    const { lateReceiptsMs } = shape;
    platform.behaviour.set({
      ...faults,
      ...(lateReceiptsMs === undefined ? {} : { lateReceiptsMs }),
    });
  }

  /** The platform takes again what it refused, as a person has heard, who has all of it sent again. */
  #lookAtRefusals(): void {
    const { agent, say } = this.#options;
    if (agent.state?.replaced?.aborted === undefined) return;
    say("operator: has everything sent again");
    agent.resync();
  }

  #lookAtGuard(approves: boolean): void {
    const { agent, say } = this.#options;
    if (!approves) return;
    const held = agent.ask(
      ({ store }) => readReconciliation(store, stream.pipeline)?.outcome?.held?.deletes,
    );
    if (held !== undefined) {
      say(`operator: approves ${held} deletions of a reconciliation`);
      agent.reconcile(held);
    }
    const { state } = agent;
    const guard = state?.guard;
    if (guard === null || guard === undefined) return;
    if (guard.deletes <= (state?.approvedDeletes ?? 0)) return;
    say(`operator: approves ${guard.deletes} deletions`);
    agent.approve(guard.deletes);
  }
}

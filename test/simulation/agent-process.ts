import {
  openSite,
  readPipelineState,
  runSite,
  writePipelineState,
  writeReconciliation,
} from "@qianzhi/agent";
import type { PipelineRunner, PipelineState, Site } from "@qianzhi/agent";
import type { Adapter, ResourceDescriptor, Target } from "@qianzhi/sdk";
import { crashPlan } from "./crashing-database.ts";
import type { Disk } from "./disk.ts";
import type { EventQueue } from "./event-queue.ts";
import { beginLife, worldOf, type Life } from "./life.ts";
import { configOf } from "./deployment.ts";
import { article, stream } from "./resource.ts";
import { compressionOf } from "./slow-compression.ts";
import type { Dice } from "./seeded-random.ts";
import type { Mapping } from "./check-copy.ts";
import type { Witness } from "./witness.ts";
import type { WorldShape } from "./world-shape.ts";

export interface AgentOptions {
  readonly queue: EventQueue;
  readonly dice: Dice;
  readonly shape: WorldShape;
  readonly directory: string;
  readonly disk: Disk;
  readonly witness: Witness;
  readonly adapter: (life: Life) => Adapter;
  readonly target: (life: Life, directory: string) => Target;
  /** What the witness is not told of, since it follows one agent. */
  readonly isRival?: boolean;
  readonly mapping: Mapping;
  /** How far the agent's clock is ahead. */
  readonly skewMs: () => number;
  readonly say: (event: string) => void;
}

/** A dead agent is started again within this time. */
const LONGEST_ABSENCE_MS = 4_000;

/**
 * The agent of the simulated site: the product's own, run as its service is. It dies at a statement of its outbox or
 * between two, and begins again in the same directory.
 */
export class AgentProcess {
  readonly #options: AgentOptions;
  #directory: string;
  #directories = 0;
  /** The witness has not seen what the directory holds. */
  #isMoved = false;
  #takesOver = false;
  #resource: ResourceDescriptor = article;
  #life: Life | undefined;
  #plan: ReturnType<typeof crashPlan> | undefined;
  #site: Site | undefined;
  /** One a life: what waits on it is held for ever unless it is aborted. */
  readonly #stops: AbortController[] = [];
  #lastRunAt = -Infinity;
  #hasAsked = false;
  #seenCommits: number | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#directory = options.directory;
  }

  /** The running site; undefined while the process is dead or starts. */
  get site(): Site | undefined {
    return this.#site;
  }

  /** When the last good run of this process began: its own state tells so only a while later. */
  get lastRunAt(): number {
    return this.#lastRunAt;
  }

  /** This process knows where the platform stands: what a rival has sent meanwhile shows by that. */
  get hasAsked(): boolean {
    return this.#hasAsked;
  }

  start(): void {
    this.#lastRunAt = -Infinity;
    this.#hasAsked = false;
    const { queue, dice, witness, shape, say, adapter, target, skewMs } = this.#options;
    say(`${this.#name}: starts`);
    const life = beginLife(queue);
    const plan = crashPlan(this.#options.disk.open, () => this.#died());
    const stop = new AbortController();
    this.#life = life;
    this.#plan = plan;
    this.#seenCommits = undefined;
    this.#stops.push(stop);
    const opening = openSite({
      config: configOf(this.#options, {
        adapter: adapter(life),
        dataDirectory: this.#directory,
        resource: this.#resource,
      }),
      world: worldOf({ life, queue, dice, log: witness.log, skewMs }),
      target: this.#listening(life, target(life, this.#directory)),
      compression: compressionOf(shape, life, dice),
      openDatabase: plan.open,
      files: this.#options.disk.files,
      // The lock belongs to the operating system; a simulated death would not free it.
      lock: false,
      takeOver: this.#takesOver,
    }).then((site) => {
      if (!life.alive) return;
      this.#site = site;
      this.#takesOver = false;
      if (this.#isMoved) this.#plan?.aside(() => witness.onMoved(site));
      this.#isMoved = false;
      this.look();
      site.outbox.onSealed(() => this.look());
      const runners = [...site.runners.values()].map((runner) => this.#noting(runner));
      // Of a process that dies nothing is heard any more.
      runSite(site, runners, stop.signal).catch(() => undefined);
    });
    queue.hold(opening.catch(() => undefined));
  }

  /** It dies after so many more statements. */
  dieAfter(statements: number, afterwards: boolean): void {
    if (this.#plan === undefined) return;
    this.#plan.left = statements;
    this.#plan.afterwards = afterwards;
  }

  /** It dies now, if it lives. */
  kill(): void {
    if (this.#life?.alive !== true) return;
    this.#plan?.abandon();
    this.#died();
  }

  /** Lets the witness look at what was sealed. */
  look(): void {
    const site = this.#site;
    if (site === undefined || this.#options.isRival === true) return;
    this.#plan?.aside(() => {
      const directory = this.#directory;
      for (const { epoch, sequence, changes } of this.#options.witness.onSealed(site, directory))
        this.#options.say(
          `agent: seals ${epoch}/${sequence} ${changes.map(({ op, code }) => `${op === "delete" ? "-" : "+"}${code}`).join(" ")}`,
        );
    });
  }

  /** Reads the outbox as a person with `qianzhi status` would. */
  ask<T>(question: (site: Site) => T): T | undefined {
    const site = this.#site;
    if (site === undefined || this.#plan === undefined) return undefined;
    return this.#plan.aside(() => question(site));
  }

  /** What is kept of its pipeline. */
  get state(): PipelineState | undefined {
    return this.ask(({ store }) => readPipelineState(store, stream.pipeline));
  }

  /** What an operator does after the guard has shown him so many deletions. */
  approve(deletes: number): void {
    this.#options.witness.onApproved(deletes);
    this.ask(({ store }) =>
      writePipelineState(store, stream.pipeline, { approvedDeletes: deletes }),
    );
  }

  /** What an operator does with `qianzhi resync`. */
  resync(): void {
    this.ask(({ store }) => writePipelineState(store, stream.pipeline, { resync: true }));
  }

  /** What an operator does with `qianzhi reconcile` beside the agent; and with `approve`, when it was held. */
  reconcile(approvedDeletes?: number): void {
    if (approvedDeletes !== undefined) this.#options.witness.onApproved(approvedDeletes);
    const askedAt = Math.floor(this.#options.queue.now);
    this.ask(({ store }) =>
      writeReconciliation(store, stream.pipeline, {
        askedAt,
        ...(approvedDeletes === undefined ? {} : { approvedDeletes }),
      }),
    );
  }

  /** Copies the data directory as it is at this moment; answers where to. */
  copyData(): string {
    const copy = this.#nextDirectory();
    this.#options.disk.copy(this.#directory, copy);
    return copy;
  }

  /** It dies, and begins again in an empty directory, or in a copy of that one. */
  loseData(backup?: string): void {
    this.kill();
    const { disk } = this.#options;
    const directory = this.#nextDirectory();
    if (backup === undefined) disk.make(directory);
    else disk.copy(backup, directory);
    this.#directory = directory;
    this.#isMoved = true;
  }

  /** What a person does with `qianzhi run --take-over`. */
  takeOver(): void {
    this.#takesOver = true;
    this.kill();
  }

  /** It is started again with another descriptor, or another mapping. */
  deploy(resource = this.#resource): void {
    this.#resource = resource;
    this.kill();
  }

  /** Lets the witness look at what was voided. */
  lookAtVoided(): void {
    const commits = this.#plan?.commits;
    if (this.#seenCommits === commits) return;
    this.#seenCommits = commits;
    this.ask((site) => this.#options.witness.onVoided(site, () => this.state));
  }

  /** Ends without fail, for good. */
  async close(): Promise<void> {
    const plan = this.#plan;
    if (this.#life !== undefined) this.#life.alive = false;
    plan?.abandon();
    for (const stop of this.#stops) stop.abort();
  }

  get #name(): string {
    return this.#options.isRival === true ? "rival" : "agent";
  }

  #nextDirectory(): string {
    this.#directories += 1;
    return `${this.#options.directory}-${this.#directories}`;
  }

  #listening(life: Life, target: Target): Target {
    return {
      ...target,
      position: async (name, signal) => {
        const position = await target.position!(name, signal);
        if (life.alive) this.#hasAsked = true;
        return position;
      },
    };
  }

  #noting(runner: PipelineRunner): PipelineRunner {
    return {
      ...runner,
      run: async (signal, counts) => {
        const startedAt = this.#options.queue.now;
        const done = await runner.run(signal, counts);
        this.#lastRunAt = startedAt;
        return done;
      },
    };
  }

  #died(): void {
    const { queue, dice, shape, say } = this.#options;
    say(`${this.#name}: dies`);
    if (this.#life !== undefined) this.#life.alive = false;
    this.#site = undefined;
    queue.after(dice.between(1, LONGEST_ABSENCE_MS * shape.pace), () => this.start());
  }
}

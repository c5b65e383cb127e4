import type { Database } from "@qianzhi/exchange";
import type { Platform } from "@qianzhi/sandbox";
import type { ResourceDescriptor, Share } from "@qianzhi/sdk";
import { backUp } from "../world/back-up.ts";
import type { AgentProcess } from "./agent-process.ts";
import type { Mapping } from "./check-copy.ts";
import type { EventQueue } from "./event-queue.ts";
import { article } from "./resource.ts";
import { setClock, type Clocks } from "./clocks.ts";
import { recurring } from "./recurring.ts";
import type { Dice } from "./seeded-random.ts";
import type { Witness } from "./witness.ts";
import type { Disasters } from "./world-shape.ts";

export interface DisasterOptions {
  readonly queue: EventQueue;
  readonly dice: Dice;
  readonly disasters: Disasters;
  readonly platform: Platform;
  readonly platformData: Database;
  readonly agent: AgentProcess;
  /** Starts another agent of the site in this directory; undefined: in an empty one. */
  readonly startRival: (copy: string | undefined) => AgentProcess;
  readonly witness: Witness;
  readonly mapping: Mapping;
  readonly clocks: Clocks;
  readonly pace: number;
  readonly say: (event: string) => void;
}

/** How old a copy is when it takes the original's place, at most. */
const AGE_MS = 4_000;
/** How often a person looks whether the agent was taken over from, who has started another. */
const PERSON_MS = 2_000;

/** What a site recovers from by itself; of two agents a person says which is to stay. */
export class Disaster {
  readonly #options: DisasterOptions;
  #healed = false;
  #rival: AgentProcess | undefined;
  #major = 1;
  #minor = 0;
  #isEnded = false;
  /** The platform is not where the agent believes it to be, which may show only when positions are compared. */
  #isMoved = false;

  constructor(options: DisasterOptions) {
    this.#options = options;
  }

  start(): void {
    const { disasters } = this.#options;
    this.#again(disasters.dataLostMs, () => this.#loseData());
    this.#again(disasters.dataRestoredMs, () => this.#restoreData());
    this.#again(disasters.platformRestoredMs, () => this.#restorePlatform());
    this.#again(disasters.rivalMs, () => this.#startRival());
    this.#again(disasters.shareMs, () => this.#endShare());
    this.#again(disasters.deployMs, () => this.#deploy());
    this.#again(disasters.clockMs, () => this.#setClock("agent"));
    this.#again(disasters.platformClockMs, () => this.#setClock("platform"));
    this.#comeBy();
  }

  /** The share has ended for good: nothing may be left at the platform. */
  get isWithdrawn(): boolean {
    return this.#healed && this.#isEnded;
  }

  /** Ends every disaster. The site is left as it is by then, and no person helps it further but over a rival and a share. */
  async heal(): Promise<void> {
    this.#healed = true;
    await this.#stopRival();
    if (this.#isEnded && this.#options.dice.chance(0.5)) this.#renewShare();
    // Positions are compared at the start and once an hour, which takes long to simulate.
    else if (this.#isMoved) this.#options.agent.kill();
  }

  #again(gapMs: number | undefined, act: () => void): void {
    recurring(this.#options, gapMs, { act, isOver: () => this.#healed });
  }

  #comeBy(): void {
    const { queue, agent, say } = this.#options;
    const isTaken = agent.ask(({ delivery }) => delivery.state().taken) !== undefined;
    if (isTaken && this.#rival === undefined) {
      say("person: lets the agent take over");
      agent.takeOver();
    }
    queue.after(PERSON_MS, () => this.#comeBy());
  }

  #loseData(): void {
    const { agent, say } = this.#options;
    say("disaster: the data directory is lost");
    agent.loseData();
  }

  #restoreData(): void {
    const { agent, say } = this.#options;
    say("backup: of the data directory");
    const backup = agent.copyData();
    this.#soon(() => {
      say("disaster: the data directory is an old copy");
      agent.loseData(backup);
    });
  }

  #restorePlatform(): void {
    const { platformData, witness, say } = this.#options;
    say("backup: of the platform");
    const restore = backUp(platformData);
    const forget = witness.remember();
    this.#soon(() => {
      say("disaster: the platform is an old copy");
      this.#isMoved = true;
      restore();
      forget();
      // Its operator has the catalog elsewhere, too.
      this.#publishAgain();
    });
  }

  #soon(act: () => void): void {
    const { queue, dice, pace } = this.#options;
    queue.after(dice.between(200, AGE_MS) * pace, () => {
      if (!this.#healed) act();
    });
  }

  #startRival(): void {
    const { agent, queue, dice, pace, say, startRival } = this.#options;
    if (this.#rival !== undefined) return;
    const isCopy = dice.chance(0.5);
    say(`disaster: a rival starts in ${isCopy ? "a copy" : "an empty directory"}`);
    const rival = startRival(isCopy ? agent.copyData() : undefined);
    // An agent with nothing to send notices only then what the rival has sent.
    this.#isMoved = true;
    this.#rival = rival;
    queue.after(dice.between(500, 5_000) * pace, () => void this.#stopRival());
  }

  async #stopRival(): Promise<void> {
    const rival = this.#rival;
    if (rival === undefined) return;
    this.#options.say("rival: is stopped for good");
    this.#rival = undefined;
    await rival.close();
  }

  readonly #published: ResourceDescriptor[] = [article];

  #publish(version: string, share: Share): ResourceDescriptor {
    const descriptor = { ...article, version, share };
    this.#published.push(descriptor);
    this.#publishAgain();
    return descriptor;
  }

  #publishAgain(): void {
    const { catalog } = this.#options.platform;
    const known = new Set(catalog.versions(article.identifier).map(({ version }) => version));
    for (const descriptor of this.#published)
      if (!known.has(descriptor.version)) catalog.publish(JSON.stringify(descriptor));
  }

  #endShare(): void {
    if (this.#isEnded) return this.#renewShare();
    this.#options.say("disaster: the share ends");
    this.#isEnded = true;
    this.#major += 1;
    this.#minor = 0;
    this.#publish(`${this.#major}.0.0`, { type: "none", basis: "试" });
  }

  #renewShare(): void {
    const { agent, say } = this.#options;
    say("person: renews the share");
    this.#isEnded = false;
    this.#major += 1;
    agent.deploy(this.#publish(`${this.#major}.0.0`, article.share));
  }

  /** Another version of the descriptor, or what is mapped alone. */
  #deploy(): void {
    const { agent, dice, mapping, say } = this.#options;
    if (this.#isEnded) return;
    if (dice.chance(0.7)) {
      mapping.hasAmount = !mapping.hasAmount;
      say(`person: maps ${mapping.hasAmount ? "amounts again" : "no amounts"}`);
      return agent.deploy();
    }
    this.#minor += 1;
    const version = `${this.#major}.${this.#minor}.0`;
    say(`person: publishes and deploys ${version}`);
    agent.deploy(this.#publish(version, article.share));
  }

  #setClock(whose: "agent" | "platform"): void {
    const { clocks, dice, say } = this.#options;
    setClock(clocks, whose, { dice, say });
  }
}

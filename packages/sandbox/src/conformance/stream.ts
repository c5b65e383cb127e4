import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { PROTOCOL, type Receipt, type ResourceDescriptor, type Timers } from "@qianzhi/sdk";
import type { Answer, Ask, Client } from "./client.ts";

const RECEIPT_POLLS = 60;
const RECEIPT_POLL_MS = 500;

/** Changes as texts; see docs/protocol.md §2. */
export interface Changes {
  readonly deletes?: readonly string[];
  readonly upserts?: readonly string[];
}

/** Members of a manifest that a case wants otherwise than they should be. */
export type Deviation = Readonly<
  Partial<
    Record<
      | "site"
      | "pipeline"
      | "epoch"
      | "sequence"
      | "predecessor"
      | "resource"
      | "version"
      | "deletes"
      | "upserts",
      string | number
    >
  >
> & { readonly generation?: object };

export interface StreamOptions {
  readonly client: Client;
  readonly timers: Timers;
  readonly site: string;
  readonly pipeline: string;
  readonly resource: ResourceDescriptor;
}

/** A stream of its own for one case: it keeps the chain as a site does, and can break it. */
export class VerificationStream {
  readonly path: string;
  readonly site: string;
  readonly pipeline: string;
  readonly instance = randomBytes(8).toString("hex");
  epoch = 0;
  sequence = 0;
  digest = "";
  readonly #resource: ResourceDescriptor;
  readonly #client: Client;
  readonly #timers: Timers;
  /** Key texts of what may have come to the platform, to delete it in the end. */
  readonly #written = new Set<string>();

  constructor({ client, timers, site, pipeline, resource }: StreamOptions) {
    this.#resource = resource;
    this.#client = client;
    this.#timers = timers;
    this.site = site;
    this.pipeline = pipeline;
    this.path = `/v1/exchange/${resource.identifier}/streams/${site}/${pipeline}`;
  }

  /** A key text that no other case uses. */
  key(id: string): string {
    return JSON.stringify({ id: `${this.pipeline}-${id}` });
  }

  /** A record text of that key. */
  record(id: string, name = "名称"): string {
    return JSON.stringify({ id: `${this.pipeline}-${id}`, name });
  }

  /** Asks to open an epoch, without believing that it worked. */
  ask(request: {
    expected: number;
    epoch: number;
    instance?: string;
    nonce?: string;
  }): Promise<Answer> {
    const {
      expected,
      epoch,
      instance = this.instance,
      nonce = randomBytes(32).toString("hex"),
    } = request;
    const body = { resource: this.#resource.identifier, expected, epoch, instance, nonce };
    return this.#client(`${this.path}/epoch`, { method: "PUT", body });
  }

  /** Opens the next epoch. */
  async open(): Promise<void> {
    const nonce = randomBytes(32).toString("hex");
    const answer = await this.ask({ expected: this.epoch, epoch: this.epoch + 1, nonce });
    assert.equal(answer.status, 200, answer.text);
    [this.epoch, this.sequence, this.digest] = [this.epoch + 1, 0, nonce];
  }

  /** The bytes of the next batch. */
  batch({ deletes = [], upserts = [] }: Changes, deviation: Deviation = {}): Buffer {
    for (const text of upserts) {
      const id = /"id":("[^"]*")/.exec(text)?.[1];
      if (id !== undefined) this.#written.add(`{"id":${id}}`);
    }
    const { identifier: resource, version } = this.#resource;
    const manifest = {
      protocol: PROTOCOL,
      site: this.site,
      pipeline: this.pipeline,
      epoch: this.epoch,
      sequence: this.sequence + 1,
      predecessor: this.digest,
      resource,
      version,
      deletes: deletes.length,
      upserts: upserts.length,
      ...deviation,
    };
    const lines = [
      JSON.stringify(manifest),
      ...deletes.map((key) => `{"op":"delete","key":${key}}`),
      ...upserts.map((record) => `{"op":"upsert","record":${record}}`),
    ];
    return Buffer.from(lines.map((line) => `${line}\n`).join(""), "utf8");
  }

  /** Sends bytes as a batch, whatever they are. The Idempotency-Key is that of `sequence`, by default the next. */
  post(body: Uint8Array, ask: Ask = {}, sequence = this.sequence + 1): Promise<Answer> {
    return this.#client(`/v1/exchange/${this.#resource.identifier}/batches`, {
      method: "POST",
      body,
      ...ask,
      headers: {
        "content-type": "application/x-ndjson",
        "idempotency-key": `"${this.site}/${this.pipeline}/${this.epoch}/${sequence}"`,
        ...ask.headers,
      },
    });
  }

  /** Sends the next batch and goes on from it. */
  send(
    changes: Changes,
    ask: Ask = {},
    wrap = (bytes: Buffer): Uint8Array => bytes,
  ): Promise<Receipt> {
    const bytes = this.batch(changes);
    return this.#sent(bytes, this.post(wrap(bytes), ask));
  }

  /** Sends the next batch as a step of a generation, and goes on from it. */
  step(generation: object, upserts: readonly string[] = []): Promise<Receipt> {
    const bytes = this.batch({ upserts }, { generation });
    return this.#sent(bytes, this.post(bytes));
  }

  async #sent(bytes: Uint8Array, answer: Promise<Answer>): Promise<Receipt> {
    const receipt = await this.receipt(await answer, bytes);
    [this.sequence, this.digest] = [this.sequence + 1, sha256(bytes)];
    return receipt;
  }

  /** The receipt that an answer holds, or that comes later, checked against its batch. */
  async receipt(answer: Answer, bytes: Uint8Array): Promise<Receipt> {
    assert.ok(answer.status === 200 || answer.status === 202, `${answer.status} ${answer.text}`);
    const digest = sha256(bytes);
    const receipt =
      answer.status === 200 ? (answer.json as unknown as Receipt) : await this.#later(digest);
    const manifest = JSON.parse(Buffer.from(bytes).toString("utf8").split("\n")[0]!) as {
      deletes: number;
      upserts: number;
    };
    assert.equal(receipt.digest, digest, "the receipt names another digest");
    assert.equal(
      receipt.accepted + receipt.refused.length,
      manifest.deletes + manifest.upserts,
      "accepted + refused",
    );
    return receipt;
  }

  async #later(digest: string): Promise<Receipt> {
    let since = "";
    for (let poll = 0; poll < RECEIPT_POLLS; poll++) {
      const answer = await this.#client(`/v1/sites/${this.site}/receipts${since}`);
      const { receipts, next } = answer.json as unknown as {
        receipts: readonly Receipt[];
        next: string;
      };
      const found = receipts.find((receipt) => receipt.digest === digest);
      if (found !== undefined) return found;
      since = `?since=${encodeURIComponent(next)}`;
      if (receipts.length === 0) await this.#timers.sleep(RECEIPT_POLL_MS);
    }
    return assert.fail("no receipt came within half a minute");
  }

  /** Deletes at the platform what the case left there. */
  async clear(): Promise<void> {
    if (this.epoch === 0 || this.#written.size === 0) return;
    const expected = Number((await this.#client(this.path)).json["epoch"] ?? this.epoch);
    this.epoch = expected;
    await this.open();
    await this.send({ deletes: [...this.#written].sort() });
  }
}

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

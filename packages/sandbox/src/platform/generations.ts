import { DigestSum, bucketOf, recordHash } from "@qianzhi/sdk";
import type {
  BatchManifest,
  CompiledResource,
  GenerationOutcome,
  Refusal,
  ResourceDigest,
} from "@qianzhi/sdk";
import type { Context } from "./context.ts";
import { COPY, FINEST_BITS, type Digests } from "./digests.ts";
import { heldElsewhere, sandboxRefusal } from "./refusals.ts";
import { judge } from "./judge.ts";
import { refused, type Change } from "./read-batch.ts";
import type { StreamRow } from "./streams.ts";

interface OpenGeneration extends ResourceDigest {
  readonly id: string;
  readonly refused: number;
}

export type Generations = ReturnType<typeof generationsOf>;

/**
 * Generations: a stream's whole content that comes in parts, lies apart, and takes the place of the copy at its commit
 * or never. A stream has one open generation at most; every method is called inside the transaction of its batch.
 */
export function generationsOf({ database, behaviour }: Context, digests: Digests) {
  const find = database.prepare("SELECT id, count, sum, refused FROM generation WHERE stream = ?");
  const insert = database.prepare("INSERT INTO generation VALUES (?, ?, 0, ?, 0)");
  const update = database.prepare(
    "UPDATE generation SET count = ?, sum = ?, refused = ? WHERE stream = ?",
  );
  const end = database.prepare("DELETE FROM generation WHERE stream = ?");
  const empty = database.prepare("DELETE FROM generation_record WHERE stream = ?");
  const stage = database.prepare(
    "INSERT OR IGNORE INTO generation_record (stream, key, bucket, hash, content) VALUES (?, ?, ?, ?, ?)",
  );
  const holderOf = database.prepare(
    `SELECT site, stream.pipeline FROM record JOIN stream ON stream.id = record.stream
     WHERE record.resource = ? AND key = ? AND record.stream <> ?`,
  );
  const taken = database.prepare(
    `SELECT 1 FROM generation_record own JOIN record other ON other.resource = ? AND other.key = own.key
     WHERE own.stream = ?2 AND other.stream <> ?2 LIMIT 1`,
  );
  const erase = database.prepare("DELETE FROM record WHERE stream = ?");
  const swap = database.prepare(
    `INSERT INTO record (resource, key, stream, bucket, hash, content)
     SELECT ?, key, stream, bucket, hash, content FROM generation_record WHERE stream = ?`,
  );

  const discard = (stream: StreamRow): void => {
    end.run(stream.id);
    empty.run(stream.id);
  };

  function open(stream: StreamRow, id: string): OpenGeneration {
    const found = find.get(stream.id) as OpenGeneration | undefined;
    if (found?.id !== id) throw refused("no such generation is open");
    return found;
  }

  function part(
    stream: StreamRow,
    resource: CompiledResource,
    { generation, changes }: { generation: OpenGeneration; changes: readonly Change[] },
  ): Refusal[] {
    const sum = DigestSum.from(generation);
    let copies = generation.count;
    const isKeyed = resource.descriptor.key.length > 0;
    const refusals: Refusal[] = [];
    for (const change of changes) {
      const { line, text } = change;
      const { keyText, reasons } = judge(resource, change);
      const hash = keyText === undefined ? undefined : recordHash(keyText, text);
      // What has no key has no hash either: its generation does not come to the commit's digest.
      if (hash !== undefined) sum.add(hash);
      const refusal =
        reasons === undefined
          ? put(keyText, text, hash!, line)
          : { line, temporary: false, reasons };
      if (refusal !== undefined) refusals.push(refusal);
    }
    const { count, sum: total } = sum.value();
    update.run(count, total, generation.refused + refusals.length, stream.id);
    return refusals;

    function put(key: string, text: string, hash: Uint8Array, line: number): Refusal | undefined {
      const fault = behaviour.refuses(key);
      if (fault !== undefined) return sandboxRefusal(line, fault);
      if (behaviour.loses(key)) return undefined;
      const holder = isKeyed ? holderOf.get(stream.resource, key, stream.id) : undefined;
      if (holder !== undefined)
        return heldElsewhere(line, holder as { site: string; pipeline: string });
      const name = isKeyed ? key : `${key}${COPY}${stream.id}.${(copies += 1)}`;
      const added = stage.run(stream.id, name, bucketOf(key, FINEST_BITS), hash, text);
      if (Number(added.changes) === 1) return undefined;
      const message = "an earlier record of the generation has this key";
      return { line, temporary: false, reasons: [{ code: "QZ_KEY_COLLISION", message }] };
    }
  }

  function commit(
    stream: StreamRow,
    generation: OpenGeneration,
    step: ResourceDigest & { readonly maxRefused: number },
  ): GenerationOutcome {
    const reason = abortedFor(stream, generation, step);
    if (reason === undefined) {
      erase.run(stream.id);
      swap.run(stream.resource, stream.id);
      digests.replace(stream.id);
    }
    discard(stream);
    const outcome = reason === undefined ? "swapped" : "aborted";
    return { outcome, refused: generation.refused, ...(reason === undefined ? {} : { reason }) };
  }

  function abortedFor(
    stream: StreamRow,
    { count, sum, refused: refusals }: OpenGeneration,
    step: ResourceDigest & { readonly maxRefused: number },
  ): { readonly code: string; readonly message: string } | undefined {
    if (count !== step.count || sum !== step.sum)
      return {
        code: "QZ_GENERATION_INCOMPLETE",
        message: "the parts do not come to the count and sum of the commit",
      };
    if (refusals > step.maxRefused)
      return {
        code: "QZ_GENERATION_REFUSED",
        message: `${refusals} records are refused; the commit allows ${step.maxRefused}`,
      };
    return taken.get(stream.resource, stream.id) === undefined
      ? undefined
      : { code: "QZ_ORIGIN_HELD", message: "another origin took a key meanwhile" };
  }

  return {
    /** Forgets what is open: another generation begins, another batch came between, or the epoch has ended. */
    discard,

    /** Applies a step of a generation. QZ_BATCH_REFUSED when it is none that may come now. */
    take(
      stream: StreamRow,
      resource: CompiledResource,
      { manifest, changes }: { manifest: BatchManifest; changes: readonly Change[] },
    ): { readonly refusals: Refusal[]; readonly generation?: GenerationOutcome } {
      const step = manifest.generation!;
      if (manifest.deletes > 0) throw refused("a generation holds no deletes");
      if (step.step !== "part" && changes.length > 0)
        throw refused("only the parts of a generation hold records");
      switch (step.step) {
        case "begin":
          discard(stream);
          insert.run(stream.id, step.id, new DigestSum().value().sum);
          return { refusals: [] };
        case "part":
          return {
            refusals: part(stream, resource, { generation: open(stream, step.id), changes }),
          };
        case "commit":
          return { refusals: [], generation: commit(stream, open(stream, step.id), step) };
      }
    },
  };
}

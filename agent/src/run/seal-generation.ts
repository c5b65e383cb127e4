import type { Outbox, Sealed, UpsertLines } from "@qianzhi/exchange";
import type { GenerationStep, ResourceDescriptor, StreamName } from "@qianzhi/sdk";
import type { OpenGeneration, RunCounts } from "../pipeline/pipeline-run.ts";

interface GenerationPlace {
  readonly outbox: Outbox;
  readonly stream: StreamName;
  readonly resource: ResourceDescriptor;
  readonly counts: RunCounts;
}

interface Step {
  readonly generation: GenerationStep;
  readonly upserts?: UpsertLines;
  readonly within?: () => void;
}

/** Seals the beginning of a generation; each further batch follows the one before it or is not sealed. */
export async function beginGeneration(
  { outbox, stream, resource, counts }: GenerationPlace,
  id: string,
  within: () => void,
): Promise<OpenGeneration> {
  let last: Sealed | undefined;
  const seal = async ({ upserts = noLines, ...step }: Step): Promise<Sealed> => {
    const { version, key } = resource;
    const after = last === undefined ? {} : { after: last };
    const sealed = await outbox.seal({
      stream,
      version,
      key,
      deletes: [],
      upserts,
      ...step,
      ...after,
    });
    counts.batches += 1;
    counts.upserts += upserts.length;
    upserts.spend?.();
    return (last = sealed);
  };
  const { epoch } = await seal({ generation: { id, step: "begin" }, within });
  return {
    async part(upserts) {
      await seal({ generation: { id, step: "part" }, upserts });
    },
    async commit(content, moved) {
      await seal({ generation: { id, step: "commit", ...content }, within: () => moved(epoch) });
    },
  };
}

const noLines: UpsertLines = { length: 0, byteLength: 0, pieces: [] };

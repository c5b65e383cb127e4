import { QianzhiError, type CompiledResource, type StreamName, type Target } from "@qianzhi/sdk";

/** Records that one page holds, more or less. */
const PAGE_RECORDS = 1_000;
/** The finest buckets that every platform of level 3 keeps up to date. */
const MOST_BITS = 12;

/**
 * Key texts of what the platform holds of a stream, bucket by bucket; undefined when the target cannot tell. A stream that the
 * platform does not know holds nothing.
 */
export async function platformKeys(
  target: Target,
  stream: StreamName,
  resource: CompiledResource,
  signal: AbortSignal,
): Promise<AsyncIterable<readonly string[]> | undefined> {
  if (target.bucketKeys === undefined || target.digest === undefined) return undefined;
  const { digests } = await target.capabilities(signal);
  return digests ? pages(target, stream, resource, signal) : undefined;
}

async function* pages(
  target: Target,
  stream: StreamName,
  resource: CompiledResource,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  try {
    const held = (await target.digest?.(stream, undefined, signal))?.count ?? 0;
    const bits = Math.min(MOST_BITS, Math.ceil(Math.log2(Math.max(1, held / PAGE_RECORDS))));
    for (let bucket = 0; bucket < 2 ** bits; bucket += 1) {
      for await (const { keys } of target.bucketKeys?.(stream, bits, [bucket], signal) ?? [])
        yield keys.map(({ key }) => resource.encodeKey(key));
    }
  } catch (error) {
    if (!QianzhiError.is(error) || error.code !== "QZ_STREAM_UNKNOWN") throw error;
  }
}

import { DigestSum, QianzhiError } from "@qianzhi/sdk";
import type { DigestReport, StreamName, Target } from "@qianzhi/sdk";

/**
 * The digest of what the platform holds of a stream: of nothing, as long as it has never heard of it. QZ_DIGESTS_UNSUPPORTED
 * where it offers none.
 */
export async function digestThere(
  target: Target,
  stream: StreamName,
  bits: number | undefined,
  signal: AbortSignal,
): Promise<DigestReport> {
  const { digests } = await target.capabilities(signal);
  if (!digests || target.digest === undefined) throw new QianzhiError("QZ_DIGESTS_UNSUPPORTED");
  return target.digest(stream, bits, signal).catch(nothingThere);
}

function nothingThere(error: unknown): DigestReport {
  if (QianzhiError.is(error) && error.code === "QZ_STREAM_UNKNOWN")
    return { epoch: 0, sequence: 0, ...new DigestSum().value() };
  throw error;
}

/** Records that the platform holds of a stream; undefined where it cannot tell. */
export async function countThere(
  target: Target,
  stream: StreamName,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    return (await digestThere(target, stream, undefined, signal)).count;
  } catch (error) {
    if (QianzhiError.is(error) && error.code === "QZ_DIGESTS_UNSUPPORTED") return undefined;
    throw error;
  }
}

import type { AdapterHost, LogFields } from "@qianzhi/sdk";
import { QianzhiError } from "@qianzhi/sdk";

export interface TestHostOptions {
  readonly signal?: AbortSignal;
  /** Offset of times without zone; +08:00 unless said. */
  readonly offset?: string;
  /** Told whatever the adapter logs. */
  readonly onLog?: (event: string, fields?: LogFields) => void;
}

/** What the agent lends to an adapter, as the suite lends it. */
export function testHost(options: TestHostOptions = {}): AdapterHost {
  const write = options.onLog ?? (() => undefined);
  return {
    source: "legacy",
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    log: { debug: write, info: write, warn: write, error: write },
    decode,
    signal: options.signal ?? new AbortController().signal,
    offset: options.offset ?? "+08:00",
  };
}

/** GBK is decoded as its superset: Node's own `gbk` yields private-use characters. */
function decode(bytes: Uint8Array, charset: string): string {
  const label = /^(gbk|gb2312|cp936)$/i.test(charset) ? "gb18030" : charset;
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new QianzhiError("QZ_CHARSET_INVALID", { column: "?", charset }, { cause });
  }
}

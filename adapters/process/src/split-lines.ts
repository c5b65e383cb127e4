const LINE_FEED = 0x0a;

/** What is wrong with the bytes of a program, in words; `line` for each whole line. */
export interface LineEvents {
  line(text: string): void;
  fault(problem: string): void;
}

export interface LineSplitter {
  take(chunk: Uint8Array): void;
  /** Whether what came last was no whole line. */
  readonly isPartial: boolean;
}

/** Cuts a stream of UTF-8 at its line feeds. Holds one line at most, and no more of it than `maxLineBytes`. */
export function splitLines(maxLineBytes: number, { line, fault }: LineEvents): LineSplitter {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let broken = false;
  const end = (last: Uint8Array): void => {
    const bytes = held.length === 0 ? last : Buffer.concat([...held, last]);
    held = [];
    heldBytes = 0;
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch {
      broken = true;
      return fault("a line is not UTF-8");
    }
    line(text);
  };
  return {
    take(chunk) {
      for (let at = 0; at < chunk.length && !broken;) {
        const found = chunk.indexOf(LINE_FEED, at);
        const part = chunk.subarray(at, found < 0 ? chunk.length : found);
        if (heldBytes + part.length > maxLineBytes) {
          broken = true;
          return fault(`a line is longer than maxLineBytes = ${maxLineBytes}`);
        }
        at += part.length + 1;
        if (found >= 0) end(part);
        else {
          held.push(part);
          heldBytes += part.length;
        }
      }
    },
    get isPartial() {
      return heldBytes > 0;
    },
  };
}

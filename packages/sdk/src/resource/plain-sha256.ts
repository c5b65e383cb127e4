/** SHA-256 (FIPS 180-4) for runtimes without `node:crypto`. Bytes, or a text as UTF-8, to 32 bytes. */
export function plainSha256(data: string | Uint8Array): Uint8Array {
  const blocks = padded(typeof data === "string" ? new TextEncoder().encode(data) : data);
  const state = Uint32Array.from(initial);
  const schedule = new Uint32Array(64);
  for (let at = 0; at < blocks.byteLength; at += 64) takeBlock(state, schedule, blocks, at);
  const result = new DataView(new ArrayBuffer(32));
  state.forEach((word, index) => result.setUint32(index * 4, word));
  return new Uint8Array(result.buffer);
}

/** The data, a one bit, zeros, and its length in bits, in whole blocks of 64 bytes. */
function padded(data: Uint8Array): DataView {
  const bytes = new Uint8Array(Math.ceil((data.length + 9) / 64) * 64);
  bytes.set(data);
  bytes[data.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setBigUint64(bytes.length - 8, BigInt(data.length) * 8n);
  return view;
}

function takeBlock(state: Uint32Array, schedule: Uint32Array, blocks: DataView, at: number): void {
  for (let t = 0; t < 64; t += 1) {
    if (t < 16) {
      schedule[t] = blocks.getUint32(at + t * 4);
      continue;
    }
    const [w15, w2] = [schedule[t - 15]!, schedule[t - 2]!];
    const s0 = turn(w15, 7) ^ turn(w15, 18) ^ (w15 >>> 3);
    const s1 = turn(w2, 17) ^ turn(w2, 19) ^ (w2 >>> 10);
    schedule[t] = schedule[t - 16]! + s0 + schedule[t - 7]! + s1;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as Eight;
  for (let t = 0; t < 64; t += 1) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const first = (h + s1 + ((e & f) ^ (~e & g)) + rounds[t]! + schedule[t]!) | 0;
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => (state[index] = state[index]! + word));
}

type Eight = readonly [number, number, number, number, number, number, number, number];

const turn = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits));

/** The first prime numbers, of whose roots the constants are the fractions. */
const primes = Array.from({ length: 312 }, (_, number) => number).filter(
  (number) =>
    number > 1 &&
    !Array.from({ length: number - 2 }, (_, at) => at + 2).some((by) => number % by === 0),
);
const fraction = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) >>> 0;
const initial = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const rounds = primes.slice(0, 64).map((prime) => fraction(Math.cbrt(prime)));

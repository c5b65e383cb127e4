/** Waits without doing anything else: one step comes after the other here. */
export const pause = (milliseconds) =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A TCP proxy that does to connections what networks do. */
export interface UnreliableProxy extends AsyncDisposable {
  readonly port: number;
  /** The port on this machine that connections go on to. */
  target: number;
  /** New connections end at once. */
  isDown: boolean;
  /** Connections stay open, and nothing comes through until this is taken back. */
  isStalled: boolean;
  /** Of each direction of each connection; Infinity = as fast as it goes. */
  bytesPerSecond: number;
  /** Ends all connections, in the middle of whatever they carry. */
  cut(): void;
  /** The same for each connection when it has carried so many more bytes, once. */
  cutAfter(bytes: number): void;
}

/** Chunks of a connection that is throttled or stalled wait this long before they are looked at again. */
const LOOK_MS = 20;

export async function unreliableProxy(target: number): Promise<UnreliableProxy> {
  const sockets = new Set<Socket>();
  const left = new Map<Socket, number>();
  const server = createServer((near) => {
    if (proxy.isDown) return near.destroy();
    const far = connect(proxy.target, "127.0.0.1");
    carry(near, far);
    carry(far, near);
  });

  function carry(from: Socket, to: Socket): void {
    sockets.add(from);
    const end = (): void => {
      sockets.delete(from);
      left.delete(from);
      to.destroy();
    };
    from.on("error", end).on("close", end);
    from.on("data", (chunk) => {
      from.pause();
      forward(from, to, chunk);
    });
  }

  function forward(from: Socket, to: Socket, chunk: Buffer): void {
    if (from.destroyed || to.destroyed) return;
    if (proxy.isStalled) return void setTimeout(forward, LOOK_MS, from, to, chunk);
    const most = Math.max(1, Math.floor((proxy.bytesPerSecond * LOOK_MS) / 1_000));
    const part = chunk.subarray(0, most);
    const budget = left.get(from);
    if (budget !== undefined && budget <= part.length) {
      to.write(part.subarray(0, budget), () => from.destroy());
      return;
    }
    if (budget !== undefined) left.set(from, budget - part.length);
    to.write(part);
    const rest = chunk.subarray(part.length);
    if (rest.length > 0) setTimeout(forward, LOOK_MS, from, to, rest);
    else if (Number.isFinite(proxy.bytesPerSecond)) setTimeout(() => from.resume(), LOOK_MS);
    else if (to.writableNeedDrain) to.once("drain", () => from.resume());
    else from.resume();
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: UnreliableProxy = {
    port: (server.address() as AddressInfo).port,
    target,
    isDown: false,
    isStalled: false,
    bytesPerSecond: Infinity,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    cutAfter(bytes) {
      for (const socket of sockets) left.set(socket, bytes);
    },
    async [Symbol.asyncDispose]() {
      proxy.isDown = true;
      proxy.cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

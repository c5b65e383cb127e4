// @ts-expect-error The driver carries no types.
import driver from "pg";

/** The part of the driver that tests use. */
interface Client {
  connect(): Promise<void>;
  query(options: { readonly text: string; readonly rowMode: "array" }): Promise<Result | Result[]>;
  on(event: "error", listener: () => void): void;
  end(): Promise<void>;
}
interface Result {
  readonly rows: unknown[][];
}

export const { Client: TestClient } = driver as unknown as {
  readonly Client: new (config: object) => Client;
};

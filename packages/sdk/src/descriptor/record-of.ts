import type { JsonRecord } from "../wire/wire.ts";
import type { Item, ResourceDescriptor } from "./descriptor.ts";

/**
 * The record that a program hands over for a resource declared with `defineResource`: required and key items present,
 * others optional, codes that are written out as their literals, items that never leave absent. For a descriptor that
 * is only known at run time it is any record.
 */
export type RecordOf<D extends ResourceDescriptor> = string extends D["items"][number]["identifier"]
  ? JsonRecord
  : Flat<
      { readonly [I in RequiredItem<D> as I["identifier"]]: ValueOf<I> } & {
        readonly [I in OptionalItem<D> as I["identifier"]]?: ValueOf<I> | null;
      }
    >;

type Flat<T> = { [K in keyof T]: T[K] };

type SharedItem<D extends ResourceDescriptor> = Exclude<
  D["items"][number],
  { readonly share: "none" }
>;

type RequiredItem<D extends ResourceDescriptor> = Extract<
  SharedItem<D>,
  { readonly required: true } | { readonly identifier: D["key"][number] }
>;

type OptionalItem<D extends ResourceDescriptor> = Exclude<SharedItem<D>, RequiredItem<D>>;

/** Texts for what a JavaScript number or Date would not hold exactly. */
type ValueOf<I extends Item> = I extends { readonly codes: readonly { readonly code: infer C }[] }
  ? C
  : TypedValues[I["type"]];

interface TypedValues {
  readonly string: string;
  readonly text: string;
  /** A text beyond ±(2^53−1). */
  readonly integer: number | bigint | string;
  readonly decimal: string;
  readonly double: number;
  readonly date: string;
  readonly datetime: string;
  readonly time: string;
  readonly boolean: boolean;
  readonly binary: Uint8Array | string;
  /** JSON text, or a value to be written as JSON. */
  readonly json: string | number | boolean | object;
  /** A GeoJSON geometry as text or object, or EWKB. */
  readonly geometry: string | object;
}

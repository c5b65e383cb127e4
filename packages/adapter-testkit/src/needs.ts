import type { ConformanceCase, ConformanceHarness } from "./harness.ts";
import { keyTraits, type KeyTrait } from "./test-type.ts";

/** Methods of the source that the contract leaves to the adapter. */
export const optionalMethods = [
  "scan",
  "list",
  "changes",
  "discover",
  "horizon",
  "duplicateKey",
  "maximum",
  "cost",
] as const;
export type OptionalMethod = (typeof optionalMethods)[number];

/** What a harness offers beyond a method: whether this one does. */
const offers = {
  text: ({ text, quote }) => text !== undefined && quote !== undefined,
  "large values": ({ large, quote }) => large !== undefined && quote !== undefined,
  bytes: ({ misdeclared }) => misdeclared !== undefined,
  predicates: ({ above }) => above !== undefined,
  query: ({ queryOver }) => queryOver !== undefined,
  view: ({ createView }) => createView !== undefined,
  "equal values": ({ types }) =>
    types.some(({ values }) => values.some(({ sameAsPrevious }) => sameAsPrevious)),
  writes: ({ session }) => session !== undefined,
  /** A session has `begin`, `commit` and `rollback`. */
  transactions: ({ session }) => session !== undefined,
  /** A session has `prepare`. */
  "two-phase commit": ({ session }) => session !== undefined,
  stamp: ({ stamp }) => stamp !== undefined,
  /** The horizon is exact where the account may see other sessions. */
  "exact horizon": ({ stamp, session }) => stamp !== undefined && session !== undefined,
  "blocked statement": ({ block }) => block !== undefined,
  "blind account": ({ openBlind }) => openBlind !== undefined,
  "forgotten changes": ({ forgetChanges }) => forgetChanges !== undefined,
  "slow statement": ({ slow }) => slow !== undefined,
  sever: ({ sever }) => sever !== undefined,
  connections: ({ connections }) => connections !== undefined,
  password: ({ openWrongly }) => openWrongly !== undefined,
  address: ({ openWrongly }) => openWrongly !== undefined,
  database: ({ openWrongly }) => openWrongly !== undefined,
  "denied table": ({ denied }) => denied !== undefined,
  "denied column": ({ denied }) => denied !== undefined,
  "write attempt": ({ writeAttempt }) => writeAttempt !== undefined,
  "leaky predicate": ({ leaky }) => leaky !== undefined,
} as const satisfies Readonly<Record<string, (harness: ConformanceHarness) => boolean>>;

/** What a case needs of adapter, source or harness beyond `open`, `createTable` and `describe`. */
export type Need = OptionalMethod | KeyTrait | keyof typeof offers;

/** Why a case cannot run with this harness: the reason it wrote. Undefined when the case is to be run. */
export function reasonToSkip(
  harness: ConformanceHarness,
  { needs }: Pick<ConformanceCase, "needs">,
): string | undefined {
  const lacking = needs.find((need) => harness.lacks[need] !== undefined);
  return lacking === undefined ? undefined : harness.lacks[lacking];
}

/** The first need that the harness neither meets nor gives a reason for: the case fails with its name. */
export function undeclaredNeed(
  harness: ConformanceHarness,
  { needs }: Pick<ConformanceCase, "needs">,
): Need | undefined {
  return needs.find((need) => {
    if (isMethod(need)) return false;
    if (isTrait(need)) return !harness.types.some(({ traits }) => traits.includes(need));
    return !offers[need](harness);
  });
}

/** One reason for several needs: `lacks: { ...lacking("a file has no server", "password", "address") }`. */
export function lacking(
  reason: string,
  ...needs: readonly Need[]
): Readonly<Partial<Record<Need, string>>> {
  return Object.fromEntries(needs.map((need) => [need, reason]));
}

const isMethod = (need: Need): need is OptionalMethod =>
  (optionalMethods as readonly Need[]).includes(need);
const isTrait = (need: Need): need is KeyTrait => (keyTraits as readonly Need[]).includes(need);

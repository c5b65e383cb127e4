/** A fault that somebody could have written, as a change of the compiled product. */
export interface Mutation {
  readonly name: string;
  /** Seeds within which the simulation must show it. */
  readonly within: number;
  /** The first of them; 1 unless said. */
  readonly from?: number;
  /** File below the root, a text that stands in it exactly once, and what takes its place. */
  readonly edits: readonly (readonly [file: string, find: string, put: string])[];
}

/** Where the compiled code is. */
export const places = {
  agent: "agent/dist/src",
  exchange: "packages/exchange/dist/src",
  sandbox: "packages/sandbox/dist/src",
} as const;
const { agent, exchange, sandbox } = places;

/** One for each part of the product; `npm test` plants them. */
export const mutations: readonly Mutation[] = [
  {
    name: "the position moves before its batch is sealed",
    within: 250,
    edits: [
      [`${exchange}/outbox/outbox.js`, "            request.within?.();\n", ""],
      [
        `${exchange}/outbox/outbox.js`,
        "        const composed = composeBatch(",
        "        if (request.within) store.transaction(request.within);\n        const composed = composeBatch(",
      ],
    ],
  },
  {
    name: "the refusals of a receipt are ignored",
    within: 250,
    edits: [
      [
        `${exchange}/outbox/receive.js`,
        "const refused = refusedChanges(batch, receipt.refused, changes);",
        "const refused = [];",
      ],
    ],
  },
  {
    name: "the horizon is the source's clock, without the settle time",
    within: 250,
    edits: [
      [
        `${agent}/pipeline/horizon.js`,
        "below: earlier(probe.now, config.settleMs, cursor)",
        "below: earlier(probe.now, 0, cursor)",
      ],
    ],
  },
  {
    name: "the delete guard never holds",
    within: 250,
    edits: [
      [
        `${agent}/pipeline/delete-guard.js`,
        "if (seen.deletes === 0 ||",
        "if (seen.deletes >= 0 ||",
      ],
    ],
  },
  {
    name: "a block counts as unchanged while its number of rows is",
    within: 250,
    edits: [[`${agent}/pipeline/diff-compare.js`, "stored.digest === digest &&", ""]],
  },
  {
    name: "the platform applies a batch whatever came before it",
    within: 250,
    edits: [
      [`${sandbox}/platform/ingest.js`, "if (repeat !== undefined)", "if (repeat === null)"],
      [`${sandbox}/platform/ingest.js`, "if (!follows)", "if (follows === null)"],
      [`${sandbox}/platform/receipts.js`, "INSERT INTO receipt", "INSERT OR REPLACE INTO receipt"],
    ],
  },
];

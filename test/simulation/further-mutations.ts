import { DISASTER_SEEDS, RECONCILED_SEEDS, REPLACE_SEEDS } from "./large-shape.ts";
import { places, type Mutation } from "./mutations.ts";
import { LARGE_SEEDS } from "./world-shape.ts";

const { agent, exchange, sandbox } = places;

/** Planted besides by `npm run test:deep`. */
export const furtherMutations: readonly Mutation[] = [
  {
    name: "the platform takes a batch of an epoch that has ended",
    within: 200,
    from: DISASTER_SEEDS + 1,
    edits: [
      [`${sandbox}/platform/ingest.js`, "if (epoch < stream.epoch)", "if (epoch < 0)"],
      [`${sandbox}/platform/ingest.js`, "if (!follows)", "if (!follows && epoch >= stream.epoch)"],
      [`${sandbox}/platform/receipts.js`, "INSERT INTO receipt", "INSERT OR REPLACE INTO receipt"],
    ],
  },
  {
    name: "a predecessor is known by its number, and its digest is ignored on both sides",
    within: 120,
    from: DISASTER_SEEDS + 1,
    edits: [
      [`${sandbox}/platform/ingest.js`, "&& predecessor === stream.digest", ""],
      [`${sandbox}/platform/ingest.js`, "stored?.digest === digest", "stored !== undefined"],
      [
        `${exchange}/delivery/alignment.js`,
        "if (local.digestAt(platform.sequence) !== platform.digest)",
        "if (local.digestAt(platform.sequence) === undefined)",
      ],
    ],
  },
  {
    name: "the agent takes the platform's position for its own by its number alone",
    within: 200,
    from: DISASTER_SEEDS + 1,
    edits: [
      [
        `${exchange}/delivery/alignment.js`,
        "if (local.digestAt(platform.sequence) !== platform.digest)",
        "if (local.digestAt(platform.sequence) === undefined)",
      ],
    ],
  },
  {
    name: "what is voided is not read again",
    within: 200,
    from: DISASTER_SEEDS + 1,
    edits: [
      [
        `${agent}/run/pipeline-runner.js`,
        'if (sourceKeys !== undefined && sourceKeys !== "[]")',
        "if (sourceKeys === 0)",
      ],
    ],
  },
  {
    name: "an epoch begins without a reconciliation owed",
    within: 200,
    from: DISASTER_SEEDS + 1,
    edits: [[`${exchange}/delivery/align-stream.js`, "owed: true,", "owed: false,"]],
  },
  {
    name: "another mapping maps no row again",
    within: 600,
    from: DISASTER_SEEDS + 1,
    edits: [
      [
        `${agent}/pipeline/run-pipeline.js`,
        "if (state.fingerprint !== current)",
        "if (state.fingerprint === null)",
      ],
    ],
  },
  {
    name: "what was sent is not withdrawn when its share ends",
    within: 200,
    from: DISASTER_SEEDS + 1,
    edits: [[`${agent}/run/share-gate.js`, "await withdraw(options, denied);", ""]],
  },
  {
    name: "a reconciliation seals a row as its scan has read it",
    within: 300,
    from: RECONCILED_SEEDS + 1,
    edits: [
      [
        `${agent}/reconcile/differing-keys.js`,
        "const rows = differences.length;",
        "const rows = differences.length;\n    globalThis.scanned = seen;",
      ],
      [
        `${agent}/reconcile/differing-keys.js`,
        "const differences = [];",
        "const differences = [];\n    const seen = new Map();",
      ],
      [
        `${agent}/reconcile/differing-keys.js`,
        "const hash = recordHash(key, text);",
        "const hash = recordHash(key, text);\n        seen.set(run.sourceKey(row), row);",
      ],
      [
        `${agent}/reconcile/repair.js`,
        "const page = await pointRead(run, sourceKeys.slice(start, start + POINT_READ_KEYS));",
        "const page = { rows: sourceKeys.flatMap((key) => [globalThis.scanned.get(key) ?? []].filter((row) => row.length)) };",
      ],
      [
        `${agent}/pipeline/reread.js`,
        "const page = await pointRead(run, sourceKeys);",
        "const read = await pointRead(run, sourceKeys);\n        const page = globalThis.scanned === undefined ? read : { rows: sourceKeys.flatMap((key) => [globalThis.scanned.get(key) ?? []].filter((row) => row.length)) };",
      ],
    ],
  },
  {
    name: "a reconciliation deletes as many records as it likes",
    within: 60,
    from: RECONCILED_SEEDS + 1,
    edits: [
      [
        `${agent}/reconcile/repair.js`,
        "const isHeld = guardHolds(",
        "const isHeld = 0 > guardHolds(",
      ],
    ],
  },
  {
    name: "a reconciliation deletes what its scan has not seen, without another look",
    within: 400,
    from: RECONCILED_SEEDS + 1,
    edits: [
      [
        `${agent}/reconcile/gone-keys.js`,
        "const asked = sourceKeys.get(key);",
        "if (key) return true;\n        const asked = sourceKeys.get(key);",
      ],
    ],
  },
  {
    name: "a reconciliation takes what differs for what is on its way",
    within: 60,
    from: RECONCILED_SEEDS + 1,
    edits: [[`${agent}/reconcile/repair.js`, "if (hash !== (", "if (hash === ("]],
  },
  {
    name: "a reconciliation leaves a row that is not fit unnamed",
    within: 60,
    from: RECONCILED_SEEDS + 1,
    edits: [
      [`${agent}/reconcile/reconcile.js`, 'if (mode !== "cursor")', 'if (mode === "cursor")'],
    ],
  },
  {
    name: "a content counts as sent when its generation begins",
    within: 60,
    from: REPLACE_SEEDS + 1,
    edits: [
      [
        `${agent}/pipeline/replace.js`,
        "fullPass: true, againAt: null }",
        "fullPass: false, againAt: null, replaced: { id, epoch: stage.epoch(), ...digest, before: 0 } }",
      ],
    ],
  },
  {
    name: "a batch whose answer is lost counts as delivered",
    within: 200,
    edits: [
      [
        `${exchange}/delivery/deliver-batch.js`,
        "if (!isRefusedWhole(error))",
        'if (error.code === "QZ_PLATFORM_TIMEOUT") return void outbox.batchTable.receipted(batch.id, 0, null);\n        if (!isRefusedWhole(error))',
      ],
    ],
  },
  {
    name: "what was sent early is compared with everything it ever was",
    within: 500,
    edits: [
      [
        `${agent}/pipeline/cursor.js`,
        "if (overlap.get(key) === hash)",
        "const past = (globalThis.past ??= new Set());\n            const known = past.has(key + hash);\n            past.add(key + hash);\n            if (known)",
      ],
    ],
  },
  {
    name: "a deletion is sealed without a look whether the row is there",
    within: 800,
    from: LARGE_SEEDS + 1,
    edits: [
      [
        `${agent}/pipeline/diff-deletes.js`,
        "sentKey !== null && !present.has(sourceKey))",
        "sentKey !== null)",
      ],
    ],
  },
  {
    name: "a row that is as it was sealed stays in quarantine",
    within: 2_000,
    from: LARGE_SEEDS + 1,
    edits: [[`${agent}/pipeline/page-changes.js`, "mended.push(sourceKey)", "mended.length"]],
  },
  {
    name: "rows that stand nowhere in the order are not asked for",
    within: 1_000,
    edits: [[`${agent}/pipeline/read-nulls.js`, "nullable.length === 0", "nullable.length >= 0"]],
  },
  {
    name: "a row that is flagged as deleted deletes nothing",
    within: 60,
    edits: [
      [
        `${agent}/pipeline/page-changes.js`,
        "if (key !== null && wasSealed?.(key) !== false)",
        "if (key === undefined)",
      ],
    ],
  },
  {
    name: "a row that became unfit withdraws nothing",
    within: 1_000,
    edits: [
      [
        `${agent}/pipeline/page-changes.js`,
        "if (rules.withdrawRefused && key !== null",
        "if (rules.withdrawRefused === null && key !== null",
      ],
    ],
  },
  {
    name: "an item that may not be shared is mapped",
    within: 5,
    edits: [[`${agent}/pipeline/map.js`, '|| item.share === "none"', ""]],
  },
  {
    name: "a feed that was lost goes on from where it is now",
    within: 800,
    edits: [
      [
        `${agent}/pipeline/native.js`,
        "throw broken(run);\n        await readAll(await beginFullPass(poll));",
        "throw broken(run);\n        const { position } = await feed.read();\n        await run.stage.seal(noChanges, () => writePipelineState(run.store, run.config.name, { feed: position }));",
      ],
    ],
  },
  {
    name: "a page of a feed counts as read when its first key is sealed",
    within: 200,
    edits: [
      [
        `${agent}/pipeline/native.js`,
        "for (const { op, row } of changes) {",
        "for (const { op, row } of changes.slice(0, 1)) {",
      ],
    ],
  },
];

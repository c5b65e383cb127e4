import type { Mutation } from "../simulation/mutations.ts";

const sql = "packages/sql/dist/src/horizon.js";
const mysql = "adapters/mysql/dist/src/activity.js";
const postgres = "adapters/postgres/dist/src/activity.js";

/** A fault that somebody could have written into a horizon. */
export type HorizonMutation = Pick<Mutation, "name" | "edits">;

const clockAlone: HorizonMutation = {
  name: "the clock is the horizon, whoever is open",
  edits: [[sql, "...held.map((each) => each.bound));", ");"]],
};

export const horizonMutations = {
  mariadb: [
    clockAlone,
    {
      name: "open transactions are not looked at",
      edits: [[mysql, "...(transactions ?? []).map((row) => transaction(row, names)),", ""]],
    },
    {
      name: "a list that others keep stale is trusted",
      edits: [[mysql, 'rows.some(({ 3: own }) => String(own) === "1")', "rows"]],
    },
    {
      name: "a transaction that was not listed before counts from this poll's clock",
      edits: [[sql, "bound: earliest(clock, previous.clock)", "bound: clock"]],
    },
    {
      name: "one that was listed before counts from the poll before",
      edits: [[sql, "bound: before.bound, ...(", "bound: previous.clock, ...("]],
    },
  ],
  postgresql: [
    clockAlone,
    {
      name: "sessions are not looked at",
      edits: [[postgres, "sessions.filter(([, , , began]) => began !== null)", "[]"]],
    },
    {
      name: "a transaction that has written nothing yet does not count",
      edits: [[postgres, "([, , , began]) => began !== null", "([, , xid]) => xid !== null"]],
    },
    {
      name: "a transaction that is idle does not count",
      edits: [
        [
          postgres,
          "([, , , began]) => began !== null",
          '([, , , began, state]) => began !== null && state === "active"',
        ],
      ],
    },
    {
      name: "prepared transactions are not looked at",
      edits: [[postgres, "...prepared.map(preparedHolder),", ""]],
    },
    {
      name: "a prepared transaction counts from when it was prepared",
      edits: [
        [
          postgres,
          "    transaction,\n    began,",
          "    transaction,\n    since: began,\n    began,",
        ],
      ],
    },
    {
      name: "who outlived his session counts from now on",
      edits: [[sql, "return { ...who, bound: previous.bound,", "return { ...who, bound: clock,"]],
    },
  ],
} as const satisfies Readonly<Record<string, readonly HorizonMutation[]>>;

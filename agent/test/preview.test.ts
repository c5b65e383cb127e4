import assert from "node:assert/strict";
import { test } from "node:test";
import type { Item } from "@qianzhi/sdk";
import { masked } from "../src/cli/preview.ts";

const items: readonly Item[] = [
  { identifier: "id", name: "号码", type: "string", sensitivity: "high" },
  { identifier: "phone", name: "电话", type: "string", sensitivity: "medium" },
  { identifier: "adult", name: "成年", type: "boolean" },
  { identifier: "count", name: "次数", type: "integer" },
  { identifier: "extra", name: "附加", type: "json" },
  { identifier: "note", name: "说明", type: "text" },
];

test("a preview shows what is not sensitive as it will leave, and long texts from their beginning", () => {
  const shown = masked(
    {
      id: "500101199001010018",
      phone: "13800000000",
      adult: false,
      count: 5,
      extra: '{"a":[1e2]}',
      note: "𠮷".repeat(201),
    },
    items,
  );
  assert.deepEqual(shown, {
    id: "***",
    phone: "13***00",
    adult: false,
    count: 5,
    extra: '{"a":[1e2]}',
    note: `${"𠮷".repeat(200)}…`,
  });
});

test("what has no value is not shown as if it were a masked one", () => {
  const record = { id: undefined, phone: undefined, adult: undefined, count: 5 };
  assert.equal(JSON.stringify(masked(record, items)), '{"count":5}');
});

import type { PositionValue } from "@qianzhi/sdk";
import type { Fragment, Ordering } from "./dialect.ts";

/** Joins fragments in the order of their placeholders. */
export function fragment(strings: readonly string[], ...parts: readonly Fragment[]): Fragment {
  return {
    sql: strings.map((text, at) => text + (parts[at]?.sql ?? "")).join(""),
    params: parts.flatMap((part) => part.params),
  };
}

const and = (parts: readonly Fragment[]): Fragment => ({
  sql: parts.map((part) => part.sql).join(" AND "),
  params: parts.flatMap((part) => part.params),
});

const compare = (order: Ordering, operator: string, value: PositionValue): Fragment => {
  const bound = order.bind(value);
  return { sql: `${order.sql} ${operator} ${bound.sql}`, params: bound.params };
};

/**
 * Rows whose order values stand beyond a bound (`>` ascending, `<` descending), or at it when inclusive. A bound shorter
 * than the order is a prefix. The first column is always compared on its own as well: every optimiser then finds the
 * range in an index. The equality inside lets those that can see it start in the middle of a run of equal cursors.
 */
export function beyond(
  orders: readonly Ordering[],
  operator: ">" | "<",
  values: readonly PositionValue[],
  inclusive: boolean,
): Fragment {
  const [order, ...rest] = orders;
  const [value, ...others] = values;
  if (order === undefined || value === undefined)
    return { sql: inclusive ? "1 = 1" : "1 = 0", params: [] };
  if (others.length === 0 || rest.length === 0)
    return compare(order, inclusive ? `${operator}=` : operator, value);
  const parts = [
    compare(order, `${operator}=`, value),
    compare(order, operator, value),
    compare(order, "=", value),
  ];
  return fragment(
    ["", " AND (", " OR (", " AND ", "))"],
    ...parts,
    beyond(rest, operator, others, inclusive),
  );
}

/** The same as one row comparison, for databases that use an index for it. */
export function beyondRow(
  orders: readonly Ordering[],
  operator: ">" | "<",
  values: readonly PositionValue[],
  inclusive: boolean,
): Fragment {
  const bound = values.map((value, at) => orders[at]!.bind(value));
  const left = values.map((_, at) => orders[at]!.sql).join(", ");
  return {
    sql: `(${left}) ${operator}${inclusive ? "=" : ""} (${bound.map((each) => each.sql).join(", ")})`,
    params: bound.flatMap((each) => each.params),
  };
}

/** Rows equal to the values in every column, by the source's own comparison. */
export function equalTo(orders: readonly Ordering[], values: readonly PositionValue[]): Fragment {
  return and(values.map((value, at) => compare(orders[at]!, "=", value)));
}

/** Rows with one of these keys. */
export function oneOf(
  orders: readonly Ordering[],
  keys: readonly (readonly PositionValue[])[],
): Fragment {
  if (keys.length === 0) return { sql: "1 = 0", params: [] };
  const separate = keys.map((key) => equalTo(orders, key));
  if (orders.length > 1) {
    return {
      sql: `(${separate.map((each) => `(${each.sql})`).join(" OR ")})`,
      params: separate.flatMap((each) => each.params),
    };
  }
  const bound = keys.map((key) => orders[0]!.bind(key[0]!));
  return {
    sql: `${orders[0]!.sql} IN (${bound.map((each) => each.sql).join(", ")})`,
    params: bound.flatMap((each) => each.params),
  };
}

import type { EarlyRefusals, LateReceipts, Receipt } from "@qianzhi/sdk";
import { literal, type Engine, type Session } from "./engine/engine.ts";

/** What the site is told about a batch, in the order in which it became known. */
export type Answer = { readonly receipt: Receipt } | { readonly refusals: EarlyRefusals };

/** Within the transaction that found it out. */
export async function noteAnswer(
  session: Session,
  { now }: Pick<Engine, "now">,
  site: string,
  answer: Answer,
): Promise<void> {
  const body = literal(JSON.stringify(answer));
  await session.query(
    `INSERT INTO qz_answer (site, body, noted_at) VALUES (${literal(site)}, ${body}, ${now})`,
    { table: "qz_answer", operation: "INSERT" },
  );
}

/** Answers that the site fetches at once. */
const PAGE = 500;

/**
 * A page of the site's answers, from where its last page ended: `since` names the last answer that it had. Where that one is
 * not, since the database was restored or is another, all are told again.
 */
export async function answersSince(
  session: Session,
  site: string,
  since: string | undefined,
): Promise<LateReceipts> {
  const purpose = { table: "qz_answer", operation: "SELECT" } as const;
  const [, id = "0", notedAt] = /^(\d{1,18}):(\d{1,18})$/.exec(since ?? "") ?? [];
  const [last] =
    notedAt === undefined
      ? []
      : await session.query(
          `SELECT 1 FROM qz_answer WHERE id = ${id} AND noted_at = ${notedAt}`,
          purpose,
        );
  const after = last === undefined ? "0" : id;
  const rows = await session.query(
    `SELECT id, body, noted_at FROM qz_answer WHERE site = ${literal(site)} AND id > ${after} ORDER BY id LIMIT ${PAGE}`,
    purpose,
  );
  const newest = rows.at(-1);
  const answers = rows.map(([, body]) => JSON.parse(String(body)) as Answer);
  return {
    receipts: answers.flatMap((answer) => ("receipt" in answer ? [answer.receipt] : [])),
    refusals: answers.flatMap((answer) => ("refusals" in answer ? [answer.refusals] : [])),
    next: newest === undefined ? (since ?? "") : `${String(newest[0])}:${String(newest[2])}`,
  };
}

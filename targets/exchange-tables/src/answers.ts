import type { EarlyRefusals, LateReceipts, Receipt } from "@qianzhi/sdk";
import { literal, type Session } from "./engine/engine.ts";

/** What the site is told about a batch, in the order in which it became known. */
export type Answer = { readonly receipt: Receipt } | { readonly refusals: EarlyRefusals };

/** Within the transaction that found it out. */
export async function noteAnswer(session: Session, site: string, answer: Answer): Promise<void> {
  await session.query(
    `INSERT INTO qz_answer (site, body) VALUES (${literal(site)}, ${literal(JSON.stringify(answer))})`,
    { table: "qz_answer", operation: "INSERT" },
  );
}

/** Answers that the site fetches at once. */
const PAGE = 500;

/** A page of the site's answers, from where its last page ended. */
export async function answersSince(
  session: Session,
  site: string,
  since: string | undefined,
): Promise<LateReceipts> {
  const after = since !== undefined && /^\d{1,18}$/.test(since) ? since : "0";
  const rows = await session.query(
    `SELECT id, body FROM qz_answer WHERE site = ${literal(site)} AND id > ${after} ORDER BY id LIMIT ${PAGE}`,
    { table: "qz_answer", operation: "SELECT" },
  );
  const answers = rows.map(([, body]) => JSON.parse(String(body)) as Answer);
  return {
    receipts: answers.flatMap((answer) => ("receipt" in answer ? [answer.receipt] : [])),
    refusals: answers.flatMap((answer) => ("refusals" in answer ? [answer.refusals] : [])),
    next: String(rows.at(-1)?.[0] ?? after),
  };
}

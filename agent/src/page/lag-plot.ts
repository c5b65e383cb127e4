import { html, type Html } from "@qianzhi/page";
import type { LagSample } from "../state/lag-samples.ts";

const WIDTH = 240;
const HEIGHT = 36;
const DAY_MS = 24 * 3_600_000;
/** A line is drawn over a gap no longer than this: the agent was away. */
const GAP_MS = 15 * 60_000;
/** The plot is at least so high in time: a copy that is seconds behind is a flat line. */
const LEAST_SCALE_MS = 60_000;

/** How far the copy was behind over the last day; `words` says the same to whoever does not see it. */
export function lagPlot(samples: readonly LagSample[], now: number, words: string): Html {
  const most = Math.max(LEAST_SCALE_MS, ...samples.map(({ behindMs }) => behindMs));
  const x = (at: number): string => (((at - now + DAY_MS) / DAY_MS) * WIDTH).toFixed(1);
  const y = (behindMs: number): string =>
    (HEIGHT - 2 - (behindMs / most) * (HEIGHT - 4)).toFixed(1);
  const path = samples
    .map(({ at, behindMs }, place) => {
      const before = samples[place - 1];
      const isNew = before === undefined || at - before.at > GAP_MS;
      return `${isNew ? "M" : "L"}${x(at)} ${y(behindMs)}`;
    })
    .join("");
  return html`<svg class="plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${words}">
    <path d="M0 ${HEIGHT - 2}H${WIDTH}" class="axis" />
    <path d="${path}" class="lag" />
  </svg>`;
}

import { style as base } from "@qianzhi/page";

export const style = `${base}
.issues { padding: 0; margin: .75rem 0 0; list-style: none; }
.issues li { padding: .5rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.issues .next { color: var(--quiet); }
.plot { width: 11rem; height: 2.25rem; display: block; }
.plot .axis { stroke: var(--line); fill: none; }
.plot .lag { stroke: var(--ink); fill: none; stroke-width: 1.5; vector-effect: non-scaling-stroke; }
`;

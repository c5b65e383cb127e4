import { style as base } from "@qianzhi/page";

export const style = `${base}
.verdict.unknown { border-color: var(--line); }
.how { color: var(--quiet); max-width: 48rem; margin: 0 0 .5rem; }
`;

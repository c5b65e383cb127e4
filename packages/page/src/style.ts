/** What both pages look like, in light and in dark. No request leaves the machine: the fonts are those that are there. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2430; --paper: #fff; --quiet: #56606e; --line: #d5dae1; --good: #0b6b3a; --bad: #a32116; --band: #f3f5f8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --paper: #14181f; --quiet: #a5afbd; --line: #38414e; --good: #6fd39b; --bad: #ff9d91; --band: #1c222b; } }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--paper); font: 15px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
header, main { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; padding-top: 1.25rem; }
h1 { font-size: 1.1rem; margin: 0; }
h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
header p { margin: 0; color: var(--quiet); }
#silent { flex-basis: 100%; color: var(--bad); font-weight: 600; }
header a { margin-left: auto; color: inherit; }
.verdict { font-size: 1.6rem; font-weight: 600; margin: 1rem 0 0; padding: .75rem 1rem; border-left: .4rem solid var(--good); background: var(--band); }
.verdict.attention { border-color: var(--bad); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: middle; white-space: nowrap; }
th { font-weight: 600; color: var(--quiet); vertical-align: bottom; white-space: normal; min-width: 4.25em; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; padding-right: 1.5rem; }
code { font: .9em/1.5 ui-monospace, Consolas, monospace; }
.failed, .held { color: var(--bad); font-weight: 600; }
.running { color: var(--good); }
footer { height: 2.5rem; }
@media (max-width: 30rem) { header, main { padding: 0 .75rem; } header { padding-top: .75rem; } .verdict { font-size: 1.25rem; } td.number, th.number { padding-right: .75rem; } }
`;

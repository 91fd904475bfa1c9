"""The looks of the class report: one style sheet, light and dark, screen and paper.

The four states of a task are colors of Okabe and Ito's palette, which hold for the
color-blind, and each has a sign or a number besides.
"""

from minigrad.drawing.palette import dark_rules

CSS = """
:root {
  color-scheme: light dark;
  --paper: #faf9f6; --card: #ffffff; --ink: #1d1f24; --soft: #667; --rule: #e4e2dc;
  --full: #007350; --part: #946200; --zero: #b03f00; --open: #676a74; --you: #0a66a8;
  --full-bg: #d9f0e6; --part-bg: #fbecc8; --zero-bg: #fbe0d1; --open-bg: #eeede9;
  --you-bg: #d8eafa; --full-bar: #0c9b72; --part-bar: #e2a90b; --zero-bar: #dd6a33;
  --shadow: 0 1px 2px #0000000d, 0 6px 20px #0000000a;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #15171b; --card: #1d2026; --ink: #e9e8e4; --soft: #9a9da8;
    --rule: #31353d; --full: #4fd0a3; --part: #f0b73c; --zero: #ff8f5a;
    --open: #a0a3ad; --you: #6cb8f4; --full-bg: #123a2d; --part-bg: #40320f;
    --zero-bg: #47240f; --open-bg: #282b32; --you-bg: #12324c; --shadow: none;
    --full-bar: var(--full); --part-bar: var(--part); --zero-bar: var(--zero);
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 3rem 1.5rem 5rem; max-width: 72rem;
  background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  font-variant-numeric: tabular-nums;
}
h1 { margin: 0; font-size: 2.1rem; line-height: 1.15; letter-spacing: -.02em; }
h2 { margin: 3rem 0 .9rem; font-size: 1.05rem; letter-spacing: -.005em; }
h3 { margin: 0; font-size: .95rem; }
code, pre { font: .86em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.eyebrow { margin: 0 0 .4rem; color: var(--soft); font-weight: 600; }
.meta, .soft { color: var(--soft); }
.meta { margin: .5rem 0 0; }
.card {
  background: var(--card); border: 1px solid var(--rule); border-radius: 12px;
  box-shadow: var(--shadow);
}
.figures {
  display: grid; grid-template-columns: repeat(4, 1fr) minmax(16rem, 2fr);
  gap: 1rem; margin-top: 2rem;
}
.figure { padding: 1rem 1.1rem; }
.figure b { display: block; font-size: 1.7rem; line-height: 1.2; font-weight: 650; }
.figure span { color: var(--soft); font-size: .85rem; }
.histogram { padding: .8rem 1.1rem .6rem; }
.histogram svg { display: block; width: 100%; height: 5.2rem; }
.histogram text { fill: var(--soft); font-size: 9px; text-anchor: middle; }
.histogram rect { fill: var(--you); opacity: .85; }
.histogram line { stroke: var(--rule); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; }
.tasks thead th { color: var(--soft); font-weight: 500; font-size: .85rem; }
.tasks thead th:nth-child(3) { text-align: right; }
td, th { padding: .42rem .6rem; vertical-align: middle; }
tbody tr + tr > * { border-top: 1px solid var(--rule); }
.number { text-align: right; white-space: nowrap; }
.bar { display: block; width: 100%; min-width: 5rem; height: 8px; border-radius: 4px; }
.bar .ground { fill: var(--open-bg); }
.full { fill: var(--full-bar); } .part { fill: var(--part-bar); }
.zero { fill: var(--zero-bar); } .you { fill: var(--you); }
.tasks td:first-child { width: 30%; } .tasks .strip { width: 32%; }
.grid { width: auto; min-width: 100%; }
.grid thead th { vertical-align: bottom; font-weight: 500; font-size: .82rem; }
.grid thead .up { text-align: center; }
.grid thead .up span {
  writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap;
  display: inline-block; padding: .3rem 0; color: var(--soft);
}
.grid .chapter {
  font-weight: 650; font-size: .82rem; text-align: center;
  border-left: 2px solid var(--rule);
}
.grid a { color: inherit; text-decoration: none; font-weight: 600; }
.grid a:hover { text-decoration: underline; }
.grid th[scope=row] { white-space: nowrap; }
.cell { padding: .2rem; text-align: center; }
.cell span {
  display: block; min-width: 2.1rem; padding: .2rem .3rem; border-radius: 6px;
  font-size: .84rem; font-weight: 600;
}
.is-full span, .pill.is-full { background: var(--full-bg); color: var(--full); }
.is-part span, .pill.is-part { background: var(--part-bg); color: var(--part); }
.is-zero span, .pill.is-zero { background: var(--zero-bg); color: var(--zero); }
.is-open span, .pill.is-open { background: var(--open-bg); color: var(--open); }
.is-you span, .pill.is-you { background: var(--you-bg); color: var(--you); }
.legend { display: flex; flex-wrap: wrap; gap: .5rem; margin: .8rem 0 0; }
.pill {
  display: inline-block; padding: .08rem .55rem; border-radius: 99px;
  font-size: .8rem; font-weight: 600; white-space: nowrap;
}
details { margin-top: .6rem; }
summary {
  display: grid; grid-template-columns: minmax(9rem, 15rem) 7rem 4.5rem 1fr;
  gap: 1rem; align-items: center; padding: .7rem 1rem; cursor: pointer;
  border-radius: 12px; list-style: none;
}
summary::-webkit-details-marker { display: none; }
summary:hover { background: var(--open-bg); }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--you); }
summary b::before {
  content: "›"; display: inline-block; width: .8rem; margin-right: .4rem;
  text-align: center; color: var(--soft);
}
details[open] summary b::before { transform: rotate(90deg); }
summary .said {
  color: var(--soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
}
.inside { padding: .2rem 1.1rem 1.1rem; }
.inside + .inside { margin-top: .6rem; }
.task { padding: .9rem 0; border-top: 1px solid var(--rule); }
main > .task:first-child { border-top: 0; }
.task header { display: flex; gap: .7rem; align-items: baseline; flex-wrap: wrap; }
.task header .number { margin-left: auto; }
.slip {
  margin: .6rem 0 0; padding: .55rem .8rem; border-left: 3px solid var(--you);
  background: var(--you-bg); border-radius: 0 8px 8px 0;
}
.evidence {
  display: grid; grid-template-columns: 4.6rem 1fr; gap: .1rem 1rem;
  margin: .7rem 0 0; font: .82rem/1.5 ui-monospace, SFMono-Regular, Menlo, monospace;
}
.evidence dt { color: var(--soft); }
.evidence dd { margin: 0; overflow-wrap: anywhere; }
.whole { margin: 1.6rem 0 1rem; max-width: 24rem; }
.checks { list-style: none; margin: .6rem 0 0; padding: 0; font-size: .9rem; }
.checks li {
  display: grid; grid-template-columns: 1.2rem minmax(8rem, 18rem) 1fr 4rem;
  gap: 0 .6rem; padding: .16rem 0;
}
.checks .sign { font-weight: 700; } .checks .said { overflow-wrap: anywhere; }
.ink-full { color: var(--full); } .ink-part { color: var(--part); }
.ink-zero { color: var(--zero); } .ink-open { color: var(--open); }
.ink-you { color: var(--you); }
.notes { margin: .4rem 0 .8rem; padding-left: 1.1rem; color: var(--you); }
.drawing { margin: .9rem 0 0; }
.drawing figcaption { margin: 0 0 .5rem; font-size: .9rem; }
.drawing svg { display: block; max-width: 100%; height: auto; }
pre {
  margin: .5rem 0 0; padding: .8rem 1rem; max-height: 16rem; overflow: auto;
  background: var(--open-bg); border-radius: 8px; white-space: pre-wrap;
  overflow-wrap: anywhere;
}
.passage { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1rem; }
.passage + .passage { margin-top: 1.4rem; }
.passage > div { min-width: 0; }
.passage pre { max-height: none; }
.passage code { font-size: inherit; }
.passage .line { display: grid; grid-template-columns: 2.4rem 1fr; gap: .7rem; }
.passage .line span { color: var(--soft); text-align: right; user-select: none; }
.lead { max-width: 44rem; margin: 1.2rem 0 1.8rem; }
footer { margin-top: 3rem; color: var(--soft); font-size: .85rem; }
@media (max-width: 56rem) {
  .figures { grid-template-columns: repeat(2, 1fr); }
  .histogram { grid-column: 1 / -1; }
  summary { grid-template-columns: 1fr 5rem 4rem; }
  .passage { grid-template-columns: 1fr; }
  summary .said { grid-column: 1 / -1; }
  .checks li { grid-template-columns: 1.2rem 1fr 3rem; }
  .checks .said { grid-column: 2 / -1; grid-row: 2; }
  .checks .said:empty { display: none; }
}
@media print {
  :root { font-size: 10px; --paper: #fff; print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 11px; }
  .card { box-shadow: none; }
  .task, .figure, .passage, tr { break-inside: avoid; }
  .wide, pre { overflow: visible; max-height: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  a { color: inherit; text-decoration: none; }
}
"""
CSS += dark_rules(".drawing") + "\n"

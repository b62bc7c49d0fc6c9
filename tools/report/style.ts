import { Html } from "./html.ts";

/** Colours are those of WCAG's contrast 4.5 or more, on either ground. Paper is always light. */
export const STYLE = new Html(`
:root { --ground: #ffffff; --ink: #1c1c1c; --quiet: #595959; --line: #d4d4d4; --panel: #f5f5f3; --accent: #21508c; --heat-rgb: 33 80 140; --warn: #8a4b00; --warn-ground: #fff3df; }
@media (prefers-color-scheme: dark) { :root { --ground: #16181b; --ink: #e8e8e6; --quiet: #a9a9a6; --line: #3c4046; --panel: #1f2226; --accent: #8db8ea; --heat-rgb: 110 160 220; --warn: #ffc978; --warn-ground: #3a2a10; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 980px; margin: 0 auto; padding: 28px 20px 48px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0; }
h2 { font-size: 19px; margin: 36px 0 6px; padding-top: 12px; border-top: 1px solid var(--line); }
h3 { font-size: 15px; margin: 20px 0 4px; }
p { margin: 6px 0 10px; max-width: 70ch; }
.subtitle, .quiet { color: var(--quiet); }
.subtitle { overflow-wrap: anywhere; }
.simulated { border: 2px solid var(--warn); background: var(--warn-ground); color: var(--warn); padding: 10px 14px; border-radius: 6px; max-width: none; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 10px; margin: 16px 0 0; padding: 0; }
.facts > div { background: var(--panel); border-radius: 6px; padding: 10px 12px; }
.facts dt { color: var(--quiet); font-size: 13px; }
.facts dd { margin: 2px 0 0; font-size: 20px; font-variant-numeric: tabular-nums; }
.facts dd small { display: block; font-size: 12px; color: var(--quiet); }
.scroll { overflow-x: auto; margin: 10px 0; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(350px, 1fr)); gap: 10px 24px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 14px; list-style: none; margin: 8px 0; padding: 0; font-size: 13px; }
.legend span { display: inline-block; width: 12px; height: 12px; margin-right: 5px; border-radius: 2px; vertical-align: -1px; }
svg { display: block; max-width: none; font: 12px system-ui, "DejaVu Sans", sans-serif; }
svg text { fill: var(--ink); dominant-baseline: central; }
svg text.in { text-anchor: middle; font-size: 11px; }
svg text.name, svg text.tick { text-anchor: end; }
svg text.tick, svg text.axis, svg text.label, svg text.note { fill: var(--quiet); }
svg text.axis, svg text.label { text-anchor: middle; }
svg text.heading { font-weight: 600; font-size: 13px; }
svg .part { stroke: var(--ground); stroke-width: 1; }
svg .grid { stroke: var(--line); }
svg .reference { stroke: var(--quiet); stroke-dasharray: 4 4; }
svg .whisker { stroke: var(--accent); stroke-width: 2; }
svg .point, svg .share { fill: var(--accent); }
svg .share { opacity: 0.55; }
svg .bounds { stroke: var(--ink); stroke-width: 2; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); padding: 2px 0 4px; }
th, td { padding: 3px 8px; white-space: nowrap; text-align: right; border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--quiet); vertical-align: bottom; white-space: normal; }
th[scope="row"], thead th:first-child { text-align: left; padding-left: 0; }
tbody th[scope="row"] { white-space: normal; min-width: min(22ch, 40vw); max-width: 40ch; overflow-wrap: anywhere; }
.heats td, .heats th { text-align: center; }
.heats td.heat { background: rgb(var(--heat-rgb) / calc(var(--heat) * 0.55)); min-width: 58px; border: 1px solid var(--line); padding: 8px 10px; }
.heats td.same { outline: 2px solid var(--accent); outline-offset: -2px; }
@media print {
  :root { --ground: #ffffff; --ink: #000000; --quiet: #444444; --line: #cccccc; --panel: #f5f5f3; --accent: #21508c; --heat-rgb: 33 80 140; --warn: #8a4b00; --warn-ground: #fff3df; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  .scroll { overflow: visible; }
  svg, table, .facts > div { break-inside: avoid; }
  h2, h3, .legend { break-after: avoid; }
  th, td { padding: 3px 7px; }
}
`);

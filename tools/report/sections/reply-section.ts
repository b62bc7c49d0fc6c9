import type { ReasonCounts, ReplyCounts } from "../../evaluation/measures/reply-counts.ts";
import { count, percent } from "../amounts.ts";
import { dividedBar } from "../charts/divided-bar.ts";
import { numberTable } from "../charts/number-table.ts";
import { BAD, DOUBTFUL, GOOD } from "../charts/score-colours.ts";
import { type Html, html } from "../html.ts";
import { section } from "../page.ts";

/** How many replies could be read. */
export function replySection(replies: ReplyCounts | null): Html | null {
  if (replies === null || replies.calls === 0) return null;
  const { reasons, unreadable, notAsked } = replies;
  return section(
    "Replies that could not be read",
    html`<p>A reply that has no verdict in the demanded form is asked again, with the fault named, and quarantined when that does not help. It never gets a default score.</p>
${outcomes(replies)}
${reasonTable("Why calls were quarantined", reasons)}
${reasonTable("Why replies could not be read, those asked for again included", unreadable)}
${notAsked > 0 && html`<p>${count(notAsked)} rows more could not be asked about at all.</p>`}`,
  );
}

function outcomes({ calls, read, afterReask, quarantined }: ReplyCounts): Html {
  if (calls === null || read === null)
    return html`<p>Calls quarantined: ${count(quarantined)}. Of how many, the files do not say.</p>`;
  const readAtOnce = {
    label: afterReask === null ? "read" : "read at once",
    count: read - (afterReask ?? 0),
    ...GOOD,
  };
  const parts = [
    readAtOnce,
    ...(afterReask === null
      ? []
      : [{ label: "read after being asked again", count: afterReask, ...DOUBTFUL }]),
    { label: "quarantined", count: quarantined, ...BAD },
  ];
  const share = (part: number) => percent((100 * part) / calls, 2);
  return html`${dividedBar({ id: "replies", title: "Calls by what became of them", name: "calls", parts })}
${numberTable(
  "Calls by what became of them",
  ["", "count", "share"],
  parts.map(({ label, count: number }) => [label, count(number), share(number)]),
)}`;
}

function reasonTable(caption: string, reasons: ReasonCounts): Html | null {
  if (reasons.length === 0) return null;
  return numberTable(
    caption,
    ["reason", "count"],
    reasons.map(({ reason, count: number }) => [reason, count(number)]),
  );
}

import type { JudgeReport } from "../evaluation/measures/judge-report.ts";
import { count, fixed, percent } from "./amounts.ts";
import { type Fact, factList } from "./charts/fact-list.ts";
import { numberTable } from "./charts/number-table.ts";
import { type Html, html } from "./html.ts";
import { page, section } from "./page.ts";
import { consistencySection } from "./sections/consistency-section.ts";
import { distributionSection } from "./sections/distribution-section.ts";
import { lengthSection } from "./sections/length-section.ts";
import { positionSection } from "./sections/position-section.ts";
import { replySection } from "./sections/reply-section.ts";

/** The report on a judge, to be read by a person: one HTML file that needs nothing else. */
export function judgeReportPage(report: JudgeReport): string {
  const { files, simulated, distributions, positions, lengths, pairs, replies, consistency } = report;
  const parts: (Html | null)[] = [
    factList(factsOf(report)),
    distributionSection(distributions),
    positionSection(positions, pairs),
    lengthSection(lengths, pairs),
    replySection(replies),
    consistency && consistencySection(consistency),
    provenance(report),
  ];
  return page({
    title: "Judge report",
    subtitle: files.join(", "),
    simulated,
    body: parts.filter((part) => part !== null),
  });
}

/** The figures that a reader looks for first. */
function factsOf({ rows, positions, lengths, pairs, replies, consistency }: JudgeReport): Fact[] {
  const facts: Fact[] = [{ name: "rows judged", value: count(rows) }];
  if (replies) {
    const { calls, quarantined } = replies;
    const failed = calls === 0 || calls === null ? null : (100 * quarantined) / calls;
    facts.push(
      calls === null
        ? { name: "quarantined", value: count(quarantined), note: "calls" }
        : { name: "quarantined", value: percent(failed, 2), note: `of ${count(calls)} calls` },
    );
  }
  const worst = [...positions].sort((one, other) => other.spread - one.spread)[0];
  if (worst)
    facts.push({ name: "largest difference between places", value: fixed(worst.spread), note: worst.aspect });
  if (pairs && pairs.sameLetter.total.of > 0) {
    facts.push({
      name: "same letter twice",
      value: percent(pairs.sameLetter.total.percent),
      note: "of pairs",
    });
  }
  const longest = [...lengths].sort(
    (one, other) => Math.abs(other.spearman ?? 0) - Math.abs(one.spearman ?? 0),
  )[0];
  if (longest) {
    facts.push({
      name: "rank correlation with length",
      value: fixed(longest.spearman),
      note: longest.aspect,
    });
  }
  if (consistency) facts.push({ name: "consistency", value: percent(consistency.consistency) });
  return facts;
}

function provenance({ judges, templates }: JudgeReport): Html | null {
  if (judges.length === 0 && templates.length === 0) return null;
  return section(
    "How it was judged",
    judges.length > 0 && html`<p>Judge: ${judges.join(", ")}.</p>`,
    templates.length > 0 &&
      numberTable(
        "Prompt templates",
        ["template", "sha256"],
        templates.map(({ name, sha256 }) => [name, sha256]),
      ),
  );
}

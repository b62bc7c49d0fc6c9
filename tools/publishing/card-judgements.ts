import type { JudgeReport } from "../evaluation/measures/judge-report.ts";
import { markdownTable, plainText } from "./markdown.ts";

/** What a card says of the judge who wrote a file: scores, failures, biases, and which words it was asked in. */
export function judgementLines(path: string, report: JudgeReport): string[] {
  const { distributions, templates } = report;
  const measures = [...measuresOf(report)];
  return [
    `### ${plainText(path)}`,
    ...(distributions.length > 0
      ? [
          markdownTable(
            ["aspect", "model", "mean score", "n", "N/A"],
            distributions.map(({ aspect, model, mean, n, notApplicable }) => [
              aspect,
              model ?? "",
              mean === null ? "" : mean.toFixed(3),
              String(n),
              String(notApplicable),
            ]),
          ),
        ]
      : []),
    ...(measures.length > 0 ? [markdownTable(["measure", "of", "value", "n"], measures)] : []),
    ...(templates.length > 0
      ? [
          markdownTable(
            ["prompt template", "sha256"],
            templates.map(({ name, sha256 }) => [name, sha256]),
          ),
        ]
      : []),
  ];
}

function* measuresOf({ positions, lengths, pairs, replies }: JudgeReport): Generator<string[]> {
  for (const { aspect, spread, places } of positions) {
    const n = places.reduce((sum, place) => sum + place.n, 0);
    yield ["largest difference of mean scores between places", aspect, spread.toFixed(3), String(n)];
  }
  for (const { aspect, spearman, n } of lengths) {
    if (spearman !== null)
      yield ["rank correlation of score with length", aspect, spearman.toFixed(3), String(n)];
  }
  if (pairs && pairs.sameLetter.total.percent !== null) {
    const { percent, of } = pairs.sameLetter.total;
    yield ["same letter for both orders", "pairs", `${percent.toFixed(2)} %`, String(of)];
  }
  if (replies) {
    const { calls, quarantined } = replies;
    const share = calls === null ? String(quarantined) : `${((100 * quarantined) / calls).toFixed(2)} %`;
    yield ["replies that could not be read", "calls", share, String(calls ?? "")];
  }
}

import type { JudgeReport } from "../../tools/evaluation/measures/judge-report.ts";
import type { ReplyCounts } from "../../tools/evaluation/measures/reply-counts.ts";
import { interruptible } from "../batch/interruptible.ts";
import { requiredFlag } from "../batch/required-flag.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { count } from "../view/amounts.ts";
import { print, printJson, table } from "../view/terminal.ts";
import { writePage } from "../view/write-page.ts";

interface ReportFlags {
  input?: string;
  ratingsCsv?: string;
  rankingsCsv?: string;
  errors?: string;
  output?: string;
  json?: boolean;
}

/** Measures a judge by its verdicts. No system is needed. */
export function addReport(program: AssayCommand): void {
  program
    .command("report")
    .summary("a judge's scores, biases and failures, as a page")
    .description("Measures a judge by its verdicts and writes a page about them: see docs/evaluation.md.")
    .option("--input <file>", "what a judge wrote")
    .option("--ratings-csv <file>", "ratings; with rankings, consistency is measured too")
    .option("--rankings-csv <file>", "rankings")
    .option("--errors <file>", "rows that failed (default: <input>.errors.jsonl, if it is there)")
    .option("--output <file>", "HTML to write, one file that needs nothing else")
    .option("--json", "print the figures as one JSON object; --output may then be left out")
    .action(runReport);
}

async function runReport(flags: ReportFlags): Promise<void> {
  const { measureJudge } = await import("../../tools/evaluation/measures/judge-report.ts");
  const output = flags.json ? flags.output : requiredFlag("output", flags.output, "name the HTML to write");
  const sources = {
    judged: flags.input,
    ratings: flags.ratingsCsv,
    rankings: flags.rankingsCsv,
    errors: flags.errors,
  };
  const report = await interruptible((signal) => measureJudge({ ...sources, signal }));
  if (flags.json) printJson(report);
  else show(report);
  if (output === undefined) return;
  const { judgeReportPage } = await import("../../tools/report/judge-report-page.ts");
  await writePage(output, report.files, judgeReportPage(report));
}

function show(report: JudgeReport): void {
  if (report.simulated) print("Simulated: these verdicts say nothing about any model.");
  const measured = [...summaryOf(report)].filter(([, , value]) => value !== "-");
  if (measured.length > 0) print(table(["measure", "of", "value", "n"], measured));
}

function* summaryOf({ distributions, positions, lengths, pairs, replies, consistency }: JudgeReport) {
  for (const { aspect, model, mean, n } of distributions) {
    yield ["mean score", named(aspect, model), fixed(mean), count(n)];
  }
  for (const { aspect, spread, places } of positions) {
    const n = places.reduce((sum, place) => sum + place.n, 0);
    yield ["difference between places", aspect, fixed(spread), count(n)];
  }
  for (const { aspect, spearman, n, withinPrompts } of lengths) {
    yield ["rank correlation with length", aspect, fixed(spearman), count(n)];
    const { share, expected, prompts } = withinPrompts;
    if (share === null || expected === null) continue;
    yield ["longest is best, less expected", aspect, `${(share - expected).toFixed(2)} %`, count(prompts)];
  }
  if (pairs) {
    const { sameLetter, firstShown, longerPreferred } = pairs;
    yield ["same letter twice", "pairs", percent(sameLetter.total.percent), count(sameLetter.total.of)];
    yield ["first shown is chosen", "letters", percent(firstShown.percent), count(firstShown.of)];
    yield ["longer is preferred", "pairs", percent(longerPreferred.percent), count(longerPreferred.of)];
  }
  if (replies) {
    yield* repliesOf(replies);
  }
  if (consistency)
    yield ["consistency", "pairs", percent(consistency.consistency), count(consistency.compared)];
}

function* repliesOf({ calls, afterReask, quarantined }: ReplyCounts) {
  if (calls === null) {
    yield ["quarantined", "calls", count(quarantined), ""];
    return;
  }
  if (afterReask !== null)
    yield ["read after being asked again", "calls", percent((100 * afterReask) / calls), count(calls)];
  yield ["quarantined", "calls", percent((100 * quarantined) / calls), count(calls)];
}

function named(aspect: string, model: string | null): string {
  return model === null ? aspect : `${aspect}, ${model}`;
}

const fixed = (value: number | null) => (value === null ? "-" : value.toFixed(3));
const percent = (value: number | null) => (value === null ? "-" : `${value.toFixed(2)} %`);

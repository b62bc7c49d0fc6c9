import { join } from "node:path";
import { stringify } from "yaml";
import { JUDGE_METHODS } from "../../../../shared/contracts/messages/judge-methods.ts";
import { PreparedRows } from "../../../../shared/datasets/preparing/prepared-rows.ts";
import { AtomicFile } from "../../../../shared/datasets/writing/atomic-file.ts";
import { writeOutput } from "../../../../shared/datasets/writing/write-output.ts";
import { FEEDBACK_COLUMNS } from "../../../../shared/feedback/feedback.ts";
import type { Carry } from "../../../../shared/judging/calls/carry.ts";
import type { Item } from "../../../../shared/judging/items/item.ts";
import { combine, type PartOutcome } from "../../../../shared/judging/judged/combine.ts";
import type { JudgedRow } from "../../../../shared/judging/judged/judged-row.ts";
import type { Verdict } from "../../../../shared/judging/replies/verdict.ts";
import { writeCsv } from "../../../../tools/sparse-feedback/csv-output.ts";
import { openResultLines, type ResultLine, type ResultLines } from "../../collecting/parts/result-lines.ts";
import type { Exported, ExportRequest } from "../../exporting/export-request.ts";
import { feedbackRow } from "./feedback-row.ts";
import { JudgeReportFile } from "./judge-report.ts";
import { JudgeTask } from "./judge-task.ts";
import type { JudgementRow } from "./prepare-judgements.ts";

/** A result's line as services/judge writes it, as far as the export looks into it. */
interface JudgedLine {
  verdict?: Verdict;
  reason?: string;
  message?: string;
  reply?: string | null;
  model?: string;
  asks?: number;
  faults?: string[];
}

/** An item's calls with what became of them. */
interface JudgedItem {
  item: Item;
  outcomes: Record<string, PartOutcome>;
  /** Of its calls that have an outcome. */
  told: { models: Set<string>; asks: number; faults: Record<string, string[]> };
}

/**
 * Joins an item's calls into its judged row, in the order of the input, and writes the output, and beside it errors.jsonl,
 * config.yaml and a report on the judge. An item from which nothing can be concluded is left out of the output.
 * @throws UserError when the output cannot be written
 */
export async function exportJudged(request: ExportRequest): Promise<Exported> {
  const task = JudgeTask.parse(request.task);
  const name = (base: string) => (request.partial ? base.replace(/\.(?=\w+$)/, ".partial.") : base);
  const beside = (base: string) => join(request.outputFolder, name(request.besidePrefix + base));
  await using rows = await PreparedRows.open(request.workFolder);
  using results = await openResultLines(request.workFolder, request.parts, request.run, rows.count);
  await using errors = await AtomicFile.create(beside("errors.jsonl"));
  const counts = { rows: 0, failed: 0 };
  const report = new JudgeReportFile();

  async function* judged(): AsyncGenerator<JudgedRow> {
    for await (const { item, outcomes, told } of judgedItems(rows, results, errors)) {
      if (Object.keys(outcomes).length === 0) continue;
      const combined = combine(item, outcomes, optionsOf(task));
      if ("fault" in combined) {
        counts.failed += 1;
        continue;
      }
      counts.rows += 1;
      const row = { ...combined.row, ...judgeOf(told) };
      report.add(row);
      yield row;
    }
  }

  const output = name(request.output);
  if (request.format !== "csv") await writeOutput({ format: request.format, path: output, rows: judged() });
  else await writeFeedback(output, task, judged());
  await errors.commit();
  await using config = await AtomicFile.create(beside("config.yaml"));
  config.append(stringify(request.config));
  await config.commit();
  if (!request.partial) await report.write(beside("report.html"), output, beside("errors.jsonl"));
  return { output, ...counts };
}

async function writeFeedback(output: string, task: JudgeTask, rows: AsyncIterable<JudgedRow>): Promise<void> {
  async function* records() {
    for await (const row of rows) yield feedbackRow(row);
  }
  const { feedback } = JUDGE_METHODS[task.judging.method];
  const header = task.header && feedback !== null ? FEEDBACK_COLUMNS[feedback] : undefined;
  await writeCsv(output, [], header, records());
}

function optionsOf({ commonAspects, minAspects }: JudgeTask) {
  return { commonAspects, ...(minAspects === null ? {} : { minAspects }) };
}

/** Who judged, how often it was asked, and why it was asked again. */
function judgeOf({ models, asks, faults }: JudgedItem["told"]): object {
  return {
    judge: [...models].join(", "),
    asks,
    ...(Object.keys(faults).length > 0 && { asked_again: faults }),
  };
}

/** The items in order; calls that failed go to `errors`. */
async function* judgedItems(
  rows: PreparedRows,
  results: ResultLines,
  errors: AtomicFile,
): AsyncGenerator<JudgedItem> {
  let open: JudgedItem | undefined;
  for await (const block of rows.readBlocks()) {
    for (const { row, value } of block) {
      const call = value as unknown as JudgementRow;
      const result = results.of(row);
      if ("bad" in call) {
        if (result !== undefined) errors.append(result.line);
      } else {
        if (call.item !== undefined) {
          if (open !== undefined) yield open;
          open = { item: call.item, outcomes: {}, told: { models: new Set(), asks: 0, faults: {} } };
        }
        if (result !== undefined) add(open!, call, result, errors);
      }
      if (errors.full) await errors.flush();
    }
  }
  if (open !== undefined) yield open;
}

function add(
  { item, outcomes, told }: JudgedItem,
  { part, carry }: Exclude<JudgementRow, { bad: unknown }>,
  { ok, line }: ResultLine,
  errors: AtomicFile,
): void {
  const said = JSON.parse(line.toString()) as JudgedLine;
  const { about } = carry as { about: Carry };
  const { reason = "failed", message = "", reply = null, verdict, faults = [] } = said;
  outcomes[part] =
    ok && verdict !== undefined
      ? { carry: about, reply, verdict }
      : { carry: about, reply, fault: { reason, message } };
  if (!ok) errors.append(`${JSON.stringify({ id: item.id, part, ...said })}\n`);
  if (said.model !== undefined) told.models.add(said.model);
  told.asks += said.asks ?? 1;
  if (faults.length > 0) told.faults[part] = faults;
}

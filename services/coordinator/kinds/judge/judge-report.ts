import { basename } from "node:path";
import { AtomicFile } from "../../../../shared/datasets/writing/atomic-file.ts";
import type { JudgedRow } from "../../../../shared/judging/judged/judged-row.ts";
import { failedCalls } from "../../../../tools/evaluation/judged/failed-calls.ts";
import { judgedRowEntry } from "../../../../tools/evaluation/judged/judged-row-entry.ts";
import { JudgeMeasures } from "../../../../tools/evaluation/measures/judge-measures.ts";
import { judgeReportPage } from "../../../../tools/report/judge-report-page.ts";

/** The report on a judge, made while its rows are written. */
export class JudgeReportFile {
  readonly #measures = new JudgeMeasures();

  add(row: JudgedRow): void {
    this.#measures.add(judgedRowEntry({ place: `item ${row.id}`, row: { ...row } }));
  }

  /** @param errors file of failed calls, which is whole @throws UserError if the report cannot be written */
  async write(path: string, judged: string, errors: string): Promise<void> {
    for await (const call of failedCalls(errors)) this.#measures.addFailed(call);
    const files = [basename(judged), basename(errors)];
    await using file = await AtomicFile.create(path);
    file.append(judgeReportPage({ ...this.#measures.result(), files, consistency: null }));
    await file.commit();
  }
}

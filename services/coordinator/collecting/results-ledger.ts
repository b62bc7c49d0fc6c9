import type { JobProgress } from "../../../shared/contracts/job-progress.ts";
import { readPart } from "./parts/part-reader.ts";
import { RowSet } from "./row-set.ts";

/** Which rows of a job have an outcome, and what they took. Success supersedes failure, never the reverse. */
export class ResultsLedger {
  readonly rows: number;
  readonly done: RowSet;
  readonly failed: RowSet;

  constructor(rows: number) {
    this.rows = rows;
    this.done = new RowSet(rows);
    this.failed = new RowSet(rows);
  }

  /** A row that needs no call in this run. */
  settled(row: number): boolean {
    return this.done.has(row) || this.failed.has(row);
  }

  /** True when the outcome is to be kept; false when the row has one that stands. */
  enter(row: number, ok: boolean): boolean {
    if (row >= this.rows || this.done.has(row)) return false;
    if (!ok) return this.failed.add(row);
    this.failed.delete(row);
    return this.done.add(row);
  }

  get complete(): boolean {
    return this.done.size + this.failed.size === this.rows;
  }
}

export interface Totals {
  truncated: number;
  promptTokens: number;
  completionTokens: number;
}

/**
 * The ledger of what is committed, read from the parts' sidecars. Failures of earlier runs are left out: a new run
 * tries those rows again.
 */
export async function loadLedger(
  workFolder: string,
  progress: Pick<JobProgress, "parts" | "run">,
  rows: number,
): Promise<{ ledger: ResultsLedger; totals: Totals }> {
  const ledger = new ResultsLedger(rows);
  const totals = { truncated: 0, promptTokens: 0, completionTokens: 0 };
  for (const part of progress.parts) {
    await readPart(workFolder, part, (entry) => {
      totals.promptTokens += entry.promptTokens;
      totals.completionTokens += entry.completionTokens;
      if (!entry.ok && part.run < progress.run) return;
      if (ledger.enter(entry.row, entry.ok) && entry.truncated) totals.truncated += 1;
    });
  }
  return { ledger, totals };
}

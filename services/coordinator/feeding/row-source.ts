import { loadTokenizer } from "../../../shared/annotators/cost/tokens.ts";
import type { HaltReason } from "../../../shared/contracts/collector-questions.ts";
import type { ChunkRow } from "../../../shared/contracts/completion-chunk.ts";
import type { RequestJob } from "../../../shared/contracts/job-entry.ts";
import type { RowResult } from "../../../shared/contracts/result-chunk.ts";
import {
  type AskedRow,
  type BadRow,
  messagesTextOf,
} from "../../../shared/datasets/preparing/prepared-row.ts";
import type { NumberedRow, PreparedRows } from "../../../shared/datasets/preparing/prepared-rows.ts";
import { laneOf } from "../../../shared/lanes.ts";
import { MAX_REQUEST_BYTES } from "../../../shared/topology.ts";
import type { ResultsLedger } from "../collecting/results-ledger.ts";
import { costSoFar } from "../job/job-cost.ts";
import type { ProgressKeeper } from "../job/progress-keeper.ts";
import { budgetUsedUp } from "./budget-used-up.ts";
import { CostGuard } from "./cost-guard.ts";

export type RowToAsk = ChunkRow | { failure: RowResult };

/** A job's rows as the feeder takes them: mostly in order, now and then from anywhere. */
export interface RowSource {
  /** The row's messages, or the failure that it is where it cannot be asked. A promise only where the disk is read. */
  at(row: number): RowToAsk | Promise<RowToAsk>;
  /** False while the budget does not allow it. */
  mayStart(row: ChunkRow): boolean;
  /** What is committed is no longer under way. */
  settle(committed: readonly RowResult[]): void;
}

export interface RowSourceOptions {
  entry: RequestJob;
  rows: PreparedRows;
  ledger: ResultsLedger;
  keeper: ProgressKeeper;
  current: () => RequestJob;
  /** The budget does not allow another row, and none is under way. */
  onBroke: (reason: HaltReason) => void;
}

export async function openRowSource(options: RowSourceOptions): Promise<RowSource> {
  const reader = sequentialReader(options.rows);
  const guard = await openGuard(options);
  if (guard !== undefined) await countUnderWay(options, guard);
  return {
    at(row) {
      const read = reader(row);
      return read instanceof Promise ? read.then(askable) : askable(read);
    },
    mayStart(row) {
      if (guard === undefined) return true;
      const worst = guard.worstOf(row.messages);
      if (guard.reserve(row.row, worst)) return true;
      if (guard.rowsUnderWay === 0 && options.current().state === "running")
        options.onBroke(broke(options, worst));
      return false;
    },
    settle(committed) {
      for (const result of committed) guard?.settle(result.row);
    },
  };
}

/** The JSON text of a row's messages, with what it carries, or the fault for which it cannot be asked. */
type PromptRow = NumberedRow<string | AskedRow | BadRow>;

/** Keeps a block of rows at hand: a promise a block instead of one a row. */
function sequentialReader(rows: PreparedRows): (row: number) => PromptRow | Promise<PromptRow> {
  let blocks: AsyncGenerator<PromptRow[]> | undefined;
  let block: PromptRow[] = [];
  const inBlock = (row: number) => block[row - (block[0]?.row ?? 0)];
  const read = async (row: number): Promise<PromptRow> => {
    for (;;) {
      const follows = block.length > 0 && row === block.at(-1)!.row + 1;
      if (!follows || blocks === undefined) {
        await blocks?.return(undefined);
        blocks = rows.readBlocks(row, rows.count, messagesTextOf);
      }
      const next = await blocks.next();
      if (next.done) throw new RangeError(`row ${row} of ${rows.count}`);
      block = next.value;
      const here = inBlock(row);
      if (here !== undefined) return here;
    }
  };
  return (row) => inBlock(row) ?? read(row);
}

function askable({ row, value }: PromptRow): RowToAsk {
  if (typeof value === "object" && "bad" in value)
    return { failure: failureOf(row, value.bad.reason, value.bad.message) };
  const asked = typeof value === "string" ? { row, messages: value } : { row, ...value };
  const bytes = Buffer.byteLength(asked.messages);
  if (bytes <= MAX_REQUEST_BYTES) return asked;
  const sentence = `The messages of this row have ${bytes} bytes, and a request may have ${MAX_REQUEST_BYTES}: shorten the row.`;
  return { failure: failureOf(row, "request_too_large", sentence) };
}

function failureOf(row: number, reason: string, message: string): RowResult {
  const line = JSON.stringify({ row, reason, message, attempts: 0 });
  return { row, ok: false, truncated: false, line, promptTokens: 0, completionTokens: 0 };
}

async function openGuard(options: RowSourceOptions): Promise<CostGuard | undefined> {
  const { spec } = options.entry;
  const prices = spec.prices;
  // Shards are reserved for as a whole, before they are built.
  const inChunks = laneOf(spec.dispatch).chunks !== null;
  if (options.current().spec.maxCost === null || prices === null || !inChunks) return undefined;
  const { draft } = options.keeper;
  return new CostGuard({
    prices,
    dispatch: spec.dispatch,
    asks: spec.asks,
    tokenizer: await loadTokenizer(spec.tokenizer),
    maxCost: () => options.current().spec.maxCost ?? Number.POSITIVE_INFINITY,
    spent: () => costSoFar(spec, draft) ?? 0,
  });
}

/** After a restart: rows before the feeding position without an outcome are with somebody, or on their way. */
async function countUnderWay({ keeper, ledger, rows }: RowSourceOptions, guard: CostGuard): Promise<void> {
  const { feed } = keeper.draft;
  const fedTo = feed.ends.at(-1) ?? feed.from;
  const reader = sequentialReader(rows);
  for (let row = 0; row < Math.min(fedTo, rows.count); row += 1) {
    if (ledger.settled(row)) continue;
    const asked = askable(await reader(row));
    if (!("failure" in asked)) guard.force(row, guard.worstOf(asked.messages));
  }
}

function broke({ current, keeper, entry }: RowSourceOptions, worst: number): HaltReason {
  return budgetUsedUp(costSoFar(entry.spec, keeper.draft) ?? 0, current().spec.maxCost ?? 0, worst);
}

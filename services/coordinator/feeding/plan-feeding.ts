import { MOST_CHUNK_ROWS } from "../../../shared/contracts/completion-chunk.ts";
import type { RowResult } from "../../../shared/contracts/result-chunk.ts";
import type { FeedPosition } from "./feed-position.ts";
import type { FeederOptions } from "./feeder-options.ts";
import { ChunkPlanner, chunkRowsFor, type PlannedChunk } from "./plan-chunks.ts";

const PLAN_CHUNKS = 64;
const PLAN_BYTES = 4 * 1024 * 1024;

/** What is published next. */
export interface Plan {
  chunks: PlannedChunk[];
  /** Its one chunk is a row that is fed alone, beside the pass over all rows. */
  single: boolean;
  /** Where the pass stands afterwards. */
  nextRow: number;
  atEnd: boolean;
}

/**
 * Rows that are fed alone are suspected of ending the process that takes them, and with it whatever else it holds. So
 * only one is out at a time: an innocent one does not share the deliveries of the one that kills.
 */
export interface Suspect {
  row: number | undefined;
}

type Planning = Pick<FeederOptions, "keeper" | "ledger" | "rows" | "enter">;

/** What was planned before and is not published comes first, unchanged; then a suspect, if none is out; then the pass. */
export async function nextPlan(options: Planning, position: FeedPosition, suspect: Suspect): Promise<Plan> {
  const { keeper, ledger } = options;
  if (position.ends.length > 0) return await planAgain(options, position);
  if (position.singles.length > 0) suspect.row = position.singles[0]!;
  else {
    keeper.draft.refeed = keeper.draft.refeed.filter((row) => !ledger.settled(row));
    if (suspect.row !== undefined && !ledger.settled(suspect.row))
      return await planPass(options, position.row);
    suspect.row = keeper.draft.refeed[0];
  }
  return suspect.row === undefined
    ? await planPass(options, position.row)
    : await planSingle(options, suspect.row, position.row);
}

async function planPass({ ledger, rows, enter }: Planning, from: number): Promise<Plan> {
  const planner = new ChunkPlanner(chunkRowsFor(ledger.rows), PLAN_CHUNKS);
  const unaskable: RowResult[] = [];
  let nextRow = from;
  let held = false;
  for (; nextRow < ledger.rows && planner.bytes < PLAN_BYTES; nextRow += 1) {
    if (ledger.settled(nextRow)) continue;
    const asked = rows.at(nextRow);
    const row = asked instanceof Promise ? await asked : asked;
    if ("failure" in row) {
      unaskable.push(row.failure);
      continue;
    }
    held = !rows.mayStart(row);
    if (held || !planner.add(row)) break;
  }
  if (unaskable.length > 0) await enter(unaskable);
  return { chunks: planner.chunks, single: false, nextRow, atEnd: !held && nextRow >= ledger.rows };
}

async function planSingle({ rows, enter }: Planning, number: number, nextRow: number): Promise<Plan> {
  const row = await rows.at(number);
  if (!("failure" in row)) {
    const chunk = { rows: [row], bytes: row.messages.length, end: nextRow };
    return { chunks: [chunk], single: true, nextRow, atEnd: false };
  }
  await enter([row.failure]);
  return { chunks: [], single: true, nextRow, atEnd: false };
}

/** The chunks that end where they were to end before. */
async function planAgain(options: Planning, position: FeedPosition): Promise<Plan> {
  const chunks: PlannedChunk[] = [];
  let from = position.row;
  for (const end of position.ends) {
    chunks.push(await chunkBetween(options, from, end));
    from = end;
  }
  return { chunks, single: false, nextRow: from, atEnd: false };
}

/** The rows without an outcome; where all have one by now, one of them, for whom the worker will find that out. */
async function chunkBetween({ ledger, rows }: Planning, from: number, end: number): Promise<PlannedChunk> {
  const planner = new ChunkPlanner(MOST_CHUNK_ROWS, 1);
  for (const settled of [false, true]) {
    for (let row = from; row < end; row += 1) {
      if (ledger.settled(row) !== settled) continue;
      const asked = await rows.at(row);
      if ("failure" in asked) continue;
      planner.add(asked);
      if (settled) break;
    }
    if (planner.chunks.length > 0) break;
  }
  return { ...planner.chunks[0]!, end };
}

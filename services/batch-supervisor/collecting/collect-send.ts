import type { BatchApi } from "../../../shared/batch-api/batch-api.ts";
import { isUnknown } from "../../../shared/batch-api/fault.ts";
import { LineSet } from "../../../shared/batch-lane/line-set.ts";
import { isTooEmpty } from "../../../shared/batch-policy/results-policy.ts";
import type { BatchSeen, Shard, ShardSend } from "../../../shared/contracts/shard.ts";
import { readJsonLines } from "../../../shared/datasets/reading/json-lines.ts";
import { RetryableError } from "../../../shared/errors.ts";
import { log } from "../../../shared/runtime/log.ts";
import { type HaltFault, type LineContext, lineOutcome } from "./line-outcome.ts";
import type { OutcomePublisher } from "./publish-outcomes.ts";
import { ResultsMissing } from "./results-missing.ts";
import type { RowPlaces } from "./row-places.ts";

/**
 * Reads a batch that has ended: its output and error file as they arrive, line by line. Outcomes of rows that have none yet
 * are published; what is paid is summed; what is left is named. Done again, as after a crash, it publishes the same
 * messages under the same ids.
 */
export interface Collected {
  /** Lines whose rows have an outcome now that had none before. */
  settled: LineSet;
  done: number;
  failed: number;
  late: number;
  unknown: number;
  promptTokens: number;
  completionTokens: number;
  /** Lines that are to be sent again, with why, where something is known of them. */
  left: Map<number, { reason: string; message: string }>;
  /** Calling on is useless before a person has done something. */
  halt: HaltFault | undefined;
}

export interface Collecting {
  api: BatchApi;
  shard: Shard;
  send: ShardSend;
  batch: BatchSeen;
  places: RowPlaces;
  context: LineContext;
  /** Undefined: nobody takes outcomes any more; only what was paid counts. */
  publisher: ((file: "output" | "error") => OutcomePublisher) | undefined;
  /** Failures are not wanted: the rows are asked anew in another run. */
  answersOnly: boolean;
  /** A file that holds fewer lines than the batch has counted is believed all the same. */
  believeShort: boolean;
  /** Files that cannot be had are done without: nobody wants their rows any more. */
  believeMissing: boolean;
  signal: AbortSignal;
}

const SHORT_MS = 5_000;

/** @throws RetryableError where a file came cut short; ResultsMissing; BatchApiError */
export async function collectSend(collecting: Collecting): Promise<Collected> {
  const { shard, send, batch } = collecting;
  const mine = LineSet.of(shard.rows, send.lines);
  const open = LineSet.of(shard.rows, shard.open).and(mine);
  const seen = LineSet.none(shard.rows);
  const state: State = { ...emptyCollected(shard.rows), mine, open, seen, lines: 0 };
  const outs: OutcomePublisher[] = [];
  for (const file of ["output", "error"] as const) {
    const id = file === "output" ? batch.outputFileId : batch.errorFileId;
    const out = id === null ? undefined : collecting.publisher?.(file);
    if (out !== undefined) outs.push(out);
    if (id !== null) await readFile(collecting, state, out, id);
  }
  if (isTooEmpty(batch, state.lines) && !collecting.believeMissing)
    throw new ResultsMissing({ batch, what: "its files hold no results" });
  const counted = batch.completed + batch.failed;
  if (state.lines < counted && !collecting.believeShort) {
    const sentence = `The files of batch ${batch.id} hold ${state.lines} results, but it has counted ${counted}: reading them again.`;
    throw new RetryableError(sentence, { retryAfterMs: SHORT_MS });
  }
  // Not before: the last message of a file that was read again would have its id, and other rows.
  for (const out of outs) await out.flush();
  return state;
}

interface State extends Collected {
  /** Lines of the send whose rows had no outcome when it began. */
  open: LineSet;
  mine: LineSet;
  /** Lines that a result was read of. */
  seen: LineSet;
  lines: number;
}

export function emptyCollected(lines: number): Collected {
  return {
    settled: LineSet.none(lines),
    done: 0,
    failed: 0,
    late: 0,
    unknown: 0,
    promptTokens: 0,
    completionTokens: 0,
    left: new Map(),
    halt: undefined,
  };
}

async function readFile(
  collecting: Collecting,
  state: State,
  out: OutcomePublisher | undefined,
  id: string,
): Promise<void> {
  const { api, batch, signal } = collecting;
  const content = await contentOf(api, batch, id, signal);
  if (content === undefined) {
    if (!collecting.believeMissing)
      throw new ResultsMissing({ batch, what: `there is no file ${id} of its results` });
    log().error({ batch: batch.id, file: id }, "a batch's file is gone at the provider: it is done without");
    state.lines = Number.POSITIVE_INFINITY;
    return;
  }
  for await (const rows of readJsonLines(content, id)) {
    for (const line of rows) await take(collecting, state, out, "value" in line ? line.value : undefined);
  }
}

async function take(
  { places, context, answersOnly }: Collecting,
  state: State,
  out: OutcomePublisher | undefined,
  value: unknown,
): Promise<void> {
  const outcome = lineOutcome(value, context);
  // What is no JSON may be the rest of a line, where the file was cut.
  if (value !== undefined) state.lines += 1;
  state.promptTokens += outcome.promptTokens;
  state.completionTokens += outcome.completionTokens;
  const place = outcome.kind === "unknown" ? undefined : places.placeOf(outcome.row);
  const isMine = place !== undefined && state.mine.has(place);
  if (outcome.kind === "unknown" || !isMine || state.seen.has(place)) {
    state.unknown += 1;
    return;
  }
  state.seen.add(place);
  const isOpen = state.open.has(place);
  if (outcome.kind === "again") {
    if (isOpen) state.left.set(place, outcome);
    state.halt ??= outcome.halt ?? undefined;
    return;
  }
  const { ok } = outcome.result;
  const wanted = isOpen && (ok || !answersOnly);
  await out?.add(place, outcome.result, wanted);
  if (wanted && out !== undefined) {
    state.settled.add(place);
    state[ok ? "done" : "failed"] += 1;
  } else if (!isOpen && ok) state.late += 1;
}

/** Undefined: there is no such file, or none yet. */
async function contentOf(
  api: BatchApi,
  batch: BatchSeen,
  id: string,
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer> | undefined> {
  try {
    return buffers(await api.fileContent(id, { signal }));
  } catch (error) {
    if (!isUnknown(error)) throw error;
    // Where the batch is unknown, too, the key is another project's, and the file may be there all the same.
    await api.retrieveBatch(batch.id, { signal });
    return undefined;
  }
}

async function* buffers(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const { buffer, byteOffset, byteLength } of chunks)
    yield Buffer.from(buffer, byteOffset, byteLength);
}

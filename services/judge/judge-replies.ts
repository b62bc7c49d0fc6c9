import type { ChunkRow } from "../../shared/contracts/completion-chunk.ts";
import type { Reply, ReplyChunk } from "../../shared/contracts/reply-chunk.ts";
import type { RowResult } from "../../shared/contracts/result-chunk.ts";
import type { ChatMessage } from "../../shared/datasets/preparing/prepared-row.ts";
import { readReply } from "../../shared/judging/replies/read-reply.ts";
import { reaskMessages } from "../../shared/judging/replies/reask-messages.ts";
import type { ReplyFault } from "../../shared/judging/replies/verdict.ts";
import { MAX_REQUEST_BYTES } from "../../shared/topology.ts";
import { type Carried, readCarried } from "./carried.ts";
import * as metrics from "./metrics.ts";

/** What is to be done with the replies of one message. */
export interface Judged {
  /** Verdicts, and rows that are given up. */
  results: RowResult[];
  /** Replies that gave no verdict, to be asked for again. */
  again: ChunkRow[];
}

/** The members of a good result's line that a judge reads. */
interface ReplyLine {
  model: string;
  usage: unknown;
  choices: { text: string | null; finish_reason: string | null; refusal: string | null }[];
  attempts: number;
}

/**
 * Reads replies: each is a verdict, or is asked for again with its fault named, or is given up with its text kept.
 * @param mostAsks of one row
 */
export function judgeReplies({ results }: Pick<ReplyChunk, "results">, mostAsks: number): Judged {
  const judged: Judged = { results: [], again: [] };
  for (const reply of results) {
    const outcome = outcomeOf(reply, mostAsks);
    if ("messages" in outcome) judged.again.push(outcome);
    else judged.results.push(outcome);
  }
  return judged;
}

function outcomeOf(reply: Reply, mostAsks: number): RowResult | ChunkRow {
  const before = readCarried(reply.carry);
  if (before === undefined) return unreadable(reply);
  const carried: Carried = {
    ...before,
    promptTokens: before.promptTokens + reply.promptTokens,
    completionTokens: before.completionTokens + reply.completionTokens,
  };
  return reply.ok ? judgeReply(reply, carried, mostAsks) : failed(reply, carried);
}

function judgeReply(reply: Reply, carried: Carried, mostAsks: number): RowResult | ChunkRow {
  const { model, usage, choices, attempts } = JSON.parse(reply.line) as ReplyLine;
  const { text = null, refusal = null, finish_reason = null } = choices[0] ?? {};
  const { row } = reply;
  const { asks, faults } = carried;
  const read = readReply(carried.about, text, refusal);
  const said = { reply: text ?? refusal, finish_reason, model, usage, attempts, asks };
  if ("verdict" in read) {
    count(carried, "verdict");
    return {
      ...resultOf(reply, carried),
      line: JSON.stringify({ row, verdict: read.verdict, ...said, faults }),
    };
  }
  const { reason, message } = read.fault;
  metrics.replyFaults.labels(carried.about.method, reason).inc();
  const next = asks < mostAsks ? askAgain(reply, carried, text ?? refusal, read.fault) : undefined;
  if (next !== undefined) {
    count(carried, "asked_again");
    return next;
  }
  count(carried, "quarantined");
  const sentence = `The reply ${message}.${asks === 1 ? "" : ` It was asked for ${asks} times.`}`;
  const line = JSON.stringify({ row, reason, message: sentence, ...said, faults: [...faults, reason] });
  return { ...resultOf(reply, carried), ok: false, line };
}

/** Undefined where the chat would become longer than a request may be. */
function askAgain(
  { row, messages }: Reply,
  carried: Carried,
  said: string | null,
  fault: ReplyFault,
): ChunkRow | undefined {
  const chat = reaskMessages(carried.about, JSON.parse(messages) as ChatMessage[], said, fault);
  const text = JSON.stringify(chat);
  if (Buffer.byteLength(text) > MAX_REQUEST_BYTES) return undefined;
  const carry: Carried = { ...carried, asks: carried.asks + 1, faults: [...carried.faults, fault.reason] };
  return { row, messages: text, carry: JSON.stringify(carry) };
}

/** No reply came: the lane's own reason stands. */
function failed(reply: Reply, carried: Carried): RowResult {
  count(carried, "failed");
  const line = carried.asks === 1 ? reply.line : withAsks(reply.line, carried);
  return { ...resultOf(reply, carried), line };
}

/** Work of another version: the row fails rather than be read by guess. */
function unreadable({ messages: _, carry: __, ...result }: Reply): RowResult {
  const message =
    "The request carried nothing by which its reply could be read: run all services in one version.";
  const line = JSON.stringify({ row: result.row, reason: "unreadable_request", message, attempts: 1 });
  return { ...result, ok: false, line };
}

function withAsks(line: string, { asks, faults }: Carried): string {
  return JSON.stringify({ ...(JSON.parse(line) as object), asks, faults });
}

/** Tokens are those of all asks. */
function resultOf({ row, ok, truncated, line }: Reply, carried: Carried): RowResult {
  const { promptTokens, completionTokens } = carried;
  return { row, ok, truncated, line, promptTokens, completionTokens };
}

function count({ about }: Carried, outcome: string): void {
  metrics.replies.labels(about.method, outcome).inc();
}

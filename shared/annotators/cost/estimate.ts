import type { GivenLimits } from "../../contracts/job-entry.ts";
import type { SamplingParameters } from "../../contracts/messages/sampling.ts";
import { type Annotator, FALLBACK_LIMITS } from "../annotator.ts";
import { costOf, worstCaseTokens } from "./cost.ts";
import { type ChatMessage, countChatTokens, loadTokenizer, type Tokenizer } from "./tokens.ts";

export type SampleRow = { messages: readonly ChatMessage[]; original?: unknown };
export type Span = { low: number; high: number };

export type JobEstimate = {
  /** Batches take their own time, whatever the limits of calls are. */
  batch: boolean;
  rows: number;
  /** Rows that were counted; the others are taken to be like them. */
  sampled: number;
  promptTokens: number;
  /** Low: answers as long as the dataset's own (one token where it has none); high: all of full length. */
  completionTokens: Span;
  /** Whether the dataset has answers of its own to go by. */
  ownAnswers: boolean;
  /** US dollars; undefined: the price is unknown. */
  cost: Span | undefined;
  /** What the limits alone allow; answers that come slowly take longer. 0 where both are unlimited. */
  seconds: Span;
  limits: { requestsPerMinute: number; tokensPerMinute: number };
  /** The largest sampled request, all its answers of full length: over tokensPerMinute it would be refused. */
  largestRequestTokens: number;
};

/** Answers of a request, and tokens of each at most. */
type AnswerLengths = Pick<SamplingParameters, "n" | "max_tokens">;

/** What a job will take, before any call: counted on a sample, scaled to all rows. */
export async function estimateJob(job: {
  rows: Iterable<SampleRow> | AsyncIterable<SampleRow>;
  totalRows: number;
  annotator: Annotator;
  params: AnswerLengths;
  /** As the user gave them; null or absent: the annotator's, else the fallback. */
  limits?: Partial<GivenLimits>;
  /** By batches, at their price. */
  batch?: boolean;
}): Promise<JobEstimate> {
  const { annotator, params, totalRows } = job;
  const sample = await countSample(job.rows, params, await loadTokenizer(annotator.tokenizer));
  const scale = sample.rows === 0 ? 0 : totalRows / sample.rows;
  const promptTokens = Math.round(sample.promptTokens * scale);
  const completionTokens = {
    low: Math.round(sample.completionTokens * scale),
    high: sample.rows === 0 ? 0 : totalRows * params.n * params.max_tokens,
  };
  const limits = limitsThatHold(job.limits, annotator.limits);
  const batch = job.batch ?? false;
  const price = batch ? (annotator.batch?.discount ?? 1) : 1;
  const low = costOf(annotator.prices, promptTokens, completionTokens.low);
  const high = costOf(annotator.prices, promptTokens, completionTokens.high);
  return {
    batch,
    rows: totalRows,
    sampled: sample.rows,
    promptTokens,
    completionTokens,
    ownAnswers: sample.answers > 0,
    cost: low === undefined || high === undefined ? undefined : { low: low * price, high: high * price },
    seconds: secondsByLimits(totalRows, promptTokens, completionTokens, annotator.charges, limits),
    limits,
    largestRequestTokens: sample.largest,
  };
}

type Counted = {
  rows: number;
  answers: number;
  promptTokens: number;
  completionTokens: number;
  largest: number;
};

async function countSample(
  rows: Iterable<SampleRow> | AsyncIterable<SampleRow>,
  params: AnswerLengths,
  count: Tokenizer,
): Promise<Counted> {
  const sum: Counted = { rows: 0, answers: 0, promptTokens: 0, completionTokens: 0, largest: 0 };
  for await (const { messages, original } of rows) {
    const prompt = countChatTokens(messages, count);
    const answer = typeof original === "string" ? Math.max(1, count(original)) : 1;
    sum.rows += 1;
    if (typeof original === "string") sum.answers += 1;
    sum.promptTokens += prompt;
    sum.completionTokens += params.n * Math.min(answer, params.max_tokens);
    sum.largest = Math.max(sum.largest, worstCaseTokens(prompt, params));
  }
  return sum;
}

function limitsThatHold(given: Partial<GivenLimits> | undefined, own: GivenLimits): JobEstimate["limits"] {
  const hold = (name: keyof GivenLimits) => {
    const limit = given?.[name] ?? own[name] ?? FALLBACK_LIMITS[name];
    return limit === "unlimited" ? Number.POSITIVE_INFINITY : limit;
  };
  return { requestsPerMinute: hold("requestsPerMinute"), tokensPerMinute: hold("tokensPerMinute") };
}

function secondsByLimits(
  requests: number,
  prompt: number,
  completion: Span,
  charges: Annotator["charges"],
  limits: JobEstimate["limits"],
): Span {
  const seconds = (tokens: number) =>
    60 * Math.max(requests / limits.requestsPerMinute, tokens / limits.tokensPerMinute);
  const charged = { low: charges === "max_tokens" ? completion.high : completion.low, high: completion.high };
  return { low: seconds(prompt + charged.low), high: seconds(prompt + charged.high) };
}

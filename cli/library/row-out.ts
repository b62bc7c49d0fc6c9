import type { JobView } from "../../shared/contracts/jobs-api.ts";

/** Rows of any source. */
export type Rows<Row> = Iterable<Row> | AsyncIterable<Row>;

/** What a model answered to a row. */
export interface Answer {
  /** Of the first choice; "" where there is none. */
  text: string;
  /** Of all choices. */
  texts: string[];
  finishReason: string | null;
  model: string;
  /** How often its prompt has been asked, this answer included; more than 1 after `again`. */
  asked: number;
  /** All that is stored of it: prompt, choices, usage, calls. */
  stored: Readonly<Record<string, unknown>>;
}

export interface RowDone<Row, Value> {
  ok: true;
  /** Its place among the rows that were given, from 0. */
  index: number;
  input: Row;
  value: Value;
  answer: Answer;
}

export interface RowFailed<Row> {
  ok: false;
  index: number;
  input: Row;
  /** A word for programs. */
  reason: string;
  message: string;
}

export type RowOut<Row, Value> = RowDone<Row, Value> | RowFailed<Row>;

/** What is known of a job while it runs. */
export type Progress = Pick<
  JobView,
  "job" | "state" | "rows" | "done" | "failed" | "cost" | "promptTokens" | "completionTokens" | "waits"
>;

/** How a job is run, whatever it does. */
export interface RunOptions {
  /** Where all that belongs to the job lies. The same call with the same folder goes on where it stopped. */
  folder: string;
  /** YAML registry of further annotators; annotators.yaml here unless given. */
  annotators?: string;
  /** The OpenAI simulator stands in for OpenAI's models: no key, no cost. */
  simulator?: boolean;
  onProgress?: (progress: Progress) => void;
  /** What a person would read on the terminal. */
  onNote?: (line: string) => void;
  /** Ends the iteration and pauses the job. */
  signal?: AbortSignal;
}

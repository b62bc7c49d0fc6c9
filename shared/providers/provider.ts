import type { Annotator } from "../annotators/annotator.ts";
import type { BatchApi, BatchClientOptions } from "../batch-api/batch-api.ts";
import type { Completion } from "../completions/completion.ts";
import type { Answer, Fault } from "../completions/fault.ts";
import type { Refusable } from "../contracts/messages/sampling-table.ts";
import type { LimitHeaders } from "./limit-headers.ts";

/** The value of a response's header by its lower-case name. */
export type HeaderOf = (name: string) => string | undefined;

/** Where a call goes, and in which version of the API. */
export type Addressed = Pick<Annotator, "baseUrl" | "model" | "apiVersion">;

/** A chat that the provider has no words for, as a sentence. */
export type Unsayable = { unsayable: string };

/** Many requests at once, answered within a day. */
export interface Batches {
  /** What request lines name as their address. */
  endpoint: string;
  open(annotator: Annotator, key: string | undefined, options: BatchClientOptions): BatchApi;
}

/**
 * How a kind of provider is spoken to. Assay thinks in OpenAI's chat completions: a provider makes its own request of
 * such a request, and a completion of its own answer. Nothing outside this folder knows how any of them does that.
 */
export interface Provider {
  /** What follows the annotator's base URL in a call, its query too. */
  path(annotator: Addressed): string;
  /** Sent with each call, the key among them; names in lower case. */
  headers(annotator: Addressed, key: string | undefined): Record<string, string>;
  /** What of a request (in OpenAI's format, without messages) it cannot say, as the end of a sentence about its annotator. */
  requestFault(request: Record<string, unknown>): string | undefined;
  /**
   * Makes the bodies of calls that differ in their messages alone.
   * @param request in OpenAI's format, without messages, and without a fault
   * @returns the body for messages that are given as JSON text
   */
  bodies(request: Record<string, unknown>): (messages: string) => string | Unsayable;
  /** Reads the body of a 200; undefined: it is no completion. Never throws. */
  readAnswer(body: string): Completion | undefined;
  /** The same of a body that was parsed as part of something larger. */
  readParsed(body: unknown): Completion | undefined;
  readLimits(header: HeaderOf): LimitHeaders;
  /** What an answer means that is no 200. Total. */
  classify(answer: Answer): Fault;
  /** What a 200 means that is no completion. Total. */
  classifyGarbage(body: string): Fault;
  /** Sampling parameters that it has a word for; others are refused by name where they are given. */
  takes: readonly Refusable[];
  /** Its files and batches; null: it has none that Assay speaks to. */
  batches: Batches | null;
  /** What an entry of the annotators file leaves open. */
  usual: Pick<Annotator, "charges" | "apiVersion">;
  /** Whether an answer may come as a stream of events where the request asks for one (`stream: true`). */
  readsStreams: boolean;
  /** Why an entry can be no annotator of this provider, as the end of a sentence about its field; undefined: it can. */
  entryFault(annotator: Annotator): { field: string; fault: string } | undefined;
}

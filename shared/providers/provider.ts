import type { Annotator } from "../annotators/annotator.ts";
import type { Completion } from "../completions/completion.ts";
import type { Answer, Fault } from "../completions/fault.ts";
import type { Refusable } from "../contracts/sampling-table.ts";
import type { LimitHeaders } from "./limit-headers.ts";

/** The value of a response's header by its lower-case name. */
export type HeaderOf = (name: string) => string | undefined;

/**
 * How a kind of provider is spoken to. Assay thinks in OpenAI's chat completions: a provider makes its own request of
 * such a request, and a completion of its own answer. Nothing outside this folder knows how any of them does that.
 */
export interface Provider {
  /** What follows the annotator's base URL in a call, its query too. */
  path(annotator: Pick<Annotator, "model" | "apiVersion">): string;
  /** Sent with each call, the key among them; names in lower case. */
  headers(annotator: Pick<Annotator, "apiVersion">, key: string | undefined): Record<string, string>;
  /**
   * Makes the bodies of calls that differ in their messages alone.
   * @param request in OpenAI's format, without messages
   * @returns the body for messages that are given as JSON text; @throws UserError for messages that it cannot say
   */
  bodies(request: Record<string, unknown>): (messages: string) => string;
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
}

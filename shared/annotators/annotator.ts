import { z } from "zod";
import { GivenLimits, Prices } from "../contracts/job-entry.ts";
import { REFUSABLE } from "../contracts/messages/sampling-table.ts";
import { DIALECTS } from "../providers/dialects.ts";

export const TOKENIZERS = ["o200k_base", "cl100k_base", "estimate"] as const;
export type TokenizerName = (typeof TOKENIZERS)[number];

/** Limits that hold for a route while neither the user nor a response header has named any. */
export const FALLBACK_LIMITS = { requestsPerMinute: 1_500, tokensPerMinute: 6_250_000 } as const;

/** What a job takes that names no annotator. */
export const DEFAULT_ANNOTATOR = "gpt-4o-mini-2024-07-18";
export const DEFAULT_CONCURRENCY = 1_000;
export const DEFAULT_TIMEOUT_MS = 180_000;
/** What providers with a batch API ask for a batch, as a share of the price of calls. */
export const DEFAULT_BATCH_DISCOUNT = 0.5;

/** Letters, digits and what model names hold besides; never a path that climbs. */
export const ANNOTATOR_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._:/@+-]{0,98}[A-Za-z0-9])?$/;

/** A model behind an OpenAI-compatible endpoint: everything that a dispatcher must know but the key itself. */
export const Annotator = z.strictObject({
  name: z.string().regex(ANNOTATOR_NAME),
  /** Who that is: part of what a rate limit applies to. */
  provider: z.string().min(1),
  /** How its provider is spoken to. */
  dialect: z.enum(DIALECTS),
  /** The version of the provider's API, where its dialect has such a thing; null: the dialect's own choice. */
  apiVersion: z.string().nullable(),
  /** Up to and without what the dialect appends (`/chat/completions`), no slash at its end. */
  baseUrl: z.string(),
  /** Environment variable that holds the key; null: the endpoint needs none. */
  keyVariable: z.string().nullable(),
  /** As sent in the request body. */
  model: z.string().min(1),
  tokenizer: z.enum(TOKENIZERS),
  maxTokensName: z.enum(["max_tokens", "max_completion_tokens"]),
  unsupported: z.array(z.enum(REFUSABLE)),
  /** It gets the sampling that the predecessors sent unasked (temperature 1, top_p 1, seed 42). */
  usualSampling: z.boolean(),
  /** It answers in streams of events and in no other way. */
  streams: z.boolean().default(false),
  /** Null where the provider's headers decide. */
  limits: GivenLimits,
  charges: z.enum(["usage", "max_tokens", "auto"]),
  /** US dollars; null: unknown. */
  prices: Prices.nullable(),
  /** Its endpoint has files and batches; null: it has none. */
  batch: z
    .strictObject({
      /** What a batch costs, as a share of the price of calls. */
      discount: z.number().min(0).max(1),
      /** Prompt tokens that may be enqueued at once; null: unknown. */
      enqueuedTokens: z.int().positive().nullable(),
    })
    .nullable(),
  /** Calls in flight of one dispatcher replica at most. */
  concurrency: z.int().positive(),
  timeoutMs: z.number().positive(),
  /** Sent with each request; no secrets. */
  headers: z.record(z.string(), z.string()),
  /** Members of the request body that the user's own parameters override. */
  extraBody: z.record(z.string(), z.unknown()),
  /** Prompt and completion together; null: unknown. */
  contextTokens: z.int().positive().nullable(),
  maxOutputTokens: z.int().positive().nullable(),
});
export type Annotator = z.infer<typeof Annotator>;

import {
  DEFAULT_CONCURRENCY,
  DEFAULT_TIMEOUT_MS,
  FALLBACK_LIMITS,
} from "../../shared/annotators/annotator.ts";
import { SAMPLING_ROWS } from "../../shared/contracts/messages/sampling-table.ts";
import type { FlagGroup } from "./job-flags.ts";

const HEADING = "Rows:";

/** How a row becomes a prompt. */
export const MAPPING: FlagGroup = {
  heading: HEADING,
  flags: [
    {
      name: "columns",
      kind: "text",
      value: "<role=column,...>",
      about: "roles: instruction, input, output, prompt, messages, system",
    },
    { name: "system", kind: "file", value: "<text or file>", about: "system prompt of every row" },
    { name: "template", kind: "file", value: "<text or file>", about: "prompt with {column} placeholders" },
  ],
};

/** Which part of a hub dataset. */
export const HUB: FlagGroup = {
  heading: HEADING,
  flags: [
    { name: "split", kind: "text", value: "<name>", about: "of a hub dataset (default: train)" },
    { name: "subset", kind: "text", value: "<name>", about: "of a hub dataset" },
    { name: "revision", kind: "text", value: "<name>", about: "of a hub dataset: branch, tag or commit" },
  ],
};

/** Which rows, by number. */
export const ROWS: FlagGroup = {
  heading: HEADING,
  flags: [
    { name: "limit", kind: "number", value: "<rows>", about: "so many rows at most" },
    { name: "offset", kind: "number", value: "<rows>", about: "leave out so many first rows" },
    {
      name: "shard",
      kind: "text",
      value: "<index/count>",
      about: "one part of the rows, such as 2/8: the second of 8",
    },
    { name: "skip_bad_rows", kind: "yes", about: "leave out rows that cannot be asked, and list them" },
  ],
};

/** The sampling parameters, as their table has them. */
export const SAMPLING: FlagGroup = {
  heading: "Sampling:",
  flags: SAMPLING_ROWS.map(({ name, flag, schema, usual }) => {
    const always = schema.safeParse(undefined).data;
    const unasked = always ?? (usual === undefined ? undefined : `${usual} for built-in models`);
    return { name, ...flag, about: flag.about + (unasked === undefined ? "" : ` (default: ${unasked})`) };
  }),
};

/** The same where only what is given is asked for. */
export const SAMPLING_AS_GIVEN: FlagGroup = {
  heading: "Sampling (default: the model's own):",
  flags: SAMPLING_ROWS.map(({ name, flag }) => ({ name, ...flag })),
};

/** How fast and how dear a job may be: the same for every job that makes calls. */
export const PACE: FlagGroup = {
  heading: "Pace and money:",
  flags: [
    {
      name: "max_requests_per_minute",
      kind: "limit",
      value: "<number|unlimited>",
      about: `of the model (default: what the provider's headers say, else ${FALLBACK_LIMITS.requestsPerMinute})`,
    },
    {
      name: "max_tokens_per_minute",
      kind: "limit",
      value: "<number|unlimited>",
      about: `of the model (default: what the provider's headers say, else ${FALLBACK_LIMITS.tokensPerMinute})`,
    },
    {
      name: "charges",
      kind: "text",
      value: "<auto|usage|max_tokens>",
      about: "what the provider counts against the token limit (default: the annotator's)",
    },
    { name: "max_cost", kind: "number", value: "<dollars>", about: "pause before this is passed" },
    {
      name: "priority",
      kind: "number",
      value: "<weight>",
      about: "beside other jobs of the same model (default: 1)",
    },
    {
      name: "max_attempts",
      kind: "number",
      value: "<number>",
      about: "calls of one row before it has failed (default: 5)",
    },
    {
      name: "max_failure_rate",
      kind: "number",
      value: "<share>",
      about: "pause when more of the rows than this fail",
    },
    {
      name: "timeout",
      kind: "number",
      value: "<seconds>",
      about: `of one call (default: the annotator's, else ${DEFAULT_TIMEOUT_MS / 1000})`,
    },
    {
      name: "concurrency",
      kind: "number",
      value: "<calls>",
      about: `in flight at once (default: the annotator's, else ${DEFAULT_CONCURRENCY})`,
    },
    {
      name: "invalid_finish_reasons",
      kind: "list",
      value: "<reason,...>",
      about: "asked again, then failed (default: content_filter)",
    },
  ],
};

/** The provider's batches in place of calls. */
export const BATCH: FlagGroup = {
  heading: "Batches:",
  flags: [
    { name: "batch", kind: "yes", about: "through the provider's batches: half the price, within a day" },
    {
      name: "max_batch_size",
      kind: "number",
      value: "<rows>",
      about: "of one batch (default: 100, of more than 20,000 rows a two-hundredth)",
    },
    { name: "poll", kind: "number", value: "<seconds>", about: "between two looks (default: 60)" },
    {
      name: "hedge",
      kind: "text",
      value: "<off|batch|online>",
      about: "send what slow batches lack a second time (default: batch)",
    },
    {
      name: "max_hedge_cost",
      kind: "number",
      value: "<share>",
      about: "of the rows that hedging may have paid twice (default: 0.05)",
    },
    {
      name: "reconcile_wait",
      kind: "number",
      value: "<seconds>",
      about: "look so long for a batch that may have been created (default: 120)",
    },
  ],
};

/** Doing a job again. */
export const AGAIN: FlagGroup = {
  heading: "Again:",
  flags: [
    {
      name: "retry_failed",
      alias: "resume",
      kind: "yes",
      about: "ask the rows that failed again (also: --resume)",
    },
    { name: "overwrite", kind: "yes", about: "begin anew where other parameters made an output already" },
  ],
};

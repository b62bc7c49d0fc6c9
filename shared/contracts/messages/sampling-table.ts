import type { z } from "zod";
import { jsonObject, logitBias, ranged, stopSequences, whole, yesOrNo } from "./sampling-schemas.ts";

/** Built-in models that take the same parameters: OpenAI's, those of them that think first, and llama3-405b's provider. */
export type ModelFamily = "openai" | "openai-reasoning" | "together";

/** What is known of a sampling parameter. Its key in the table is its name in messages, in config.yaml and as a flag. */
interface SamplingRow {
  /** What a message may give, in sentences that name the parameter. */
  schema: z.ZodType;
  /** How the flag is written, and what the help says of it. `text` is given to the schema as it was typed. */
  flag: { kind: "number" | "text" | "yes"; value?: string; about: string };
  /** The member of the request body; null: its own members are members of the body. */
  request: string | null;
  /** A value that changes nothing: given to a model that does not take the parameter, it is left out, not refused. */
  neutral?: unknown;
  /** What the predecessors sent when nothing was given; models of their own list still get it (usualSampling). */
  usual?: unknown;
  /** Whether an annotator may say that it does not take it. */
  refusable: boolean;
  /** The built-in models that do not take it. */
  unknownTo: readonly ModelFamily[];
  /** Whether the card of a published dataset shows it in its table. */
  card: boolean;
}

/**
 * All sampling parameters, a row each, in the order in which help, request body and config.yaml show them. Schemas of
 * messages, flags, the request body, what an annotator may refuse and the card of a dataset are made from it.
 * docs/extending/adding-a-flag.md says how to add one.
 */
export const SAMPLING_TABLE = {
  temperature: {
    schema: ranged("temperature", 0, 2).optional(),
    flag: { kind: "number", value: "<0..2>", about: "how freely words are drawn" },
    request: "temperature",
    neutral: 1,
    usual: 1,
    refusable: true,
    unknownTo: ["openai-reasoning"],
    card: true,
  },
  top_p: {
    schema: ranged("top_p", 0, 1).optional(),
    flag: { kind: "number", value: "<0..1>", about: "share of likeliest words that are drawn from" },
    request: "top_p",
    neutral: 1,
    usual: 1,
    refusable: true,
    unknownTo: ["openai-reasoning"],
    card: true,
  },
  top_k: {
    schema: whole("top_k", -1).optional(),
    flag: { kind: "number", value: "<words>", about: "so many likeliest words are drawn from; 0 or -1: all" },
    request: "top_k",
    refusable: true,
    unknownTo: ["openai", "openai-reasoning"],
    card: true,
  },
  min_p: {
    schema: ranged("min_p", 0, 1).optional(),
    flag: {
      kind: "number",
      value: "<0..1>",
      about: "leaves out words less likely than this share of the likeliest",
    },
    request: "min_p",
    neutral: 0,
    refusable: true,
    unknownTo: ["openai", "openai-reasoning"],
    card: true,
  },
  seed: {
    schema: whole("seed").optional(),
    flag: { kind: "number", value: "<number>", about: "of the model's draws" },
    request: "seed",
    usual: 42,
    refusable: true,
    unknownTo: [],
    card: true,
  },
  max_tokens: {
    schema: whole("max_tokens", 1).default(2048),
    flag: { kind: "number", value: "<tokens>", about: "of an answer at most" },
    // An annotator may have another name for it (max_tokens_name).
    request: "max_tokens",
    // Without it no cost could be bounded.
    refusable: false,
    unknownTo: [],
    card: true,
  },
  stop: {
    schema: stopSequences("stop").optional(),
    flag: { kind: "text", value: "<text,...>", about: "up to 4 texts that end an answer" },
    request: "stop",
    refusable: true,
    unknownTo: ["openai-reasoning"],
    card: false,
  },
  frequency_penalty: {
    schema: ranged("frequency_penalty", -2, 2).optional(),
    flag: { kind: "number", value: "<-2..2>", about: "against words that came often" },
    request: "frequency_penalty",
    neutral: 0,
    refusable: true,
    unknownTo: ["openai-reasoning"],
    card: false,
  },
  presence_penalty: {
    schema: ranged("presence_penalty", -2, 2).optional(),
    flag: { kind: "number", value: "<-2..2>", about: "against words that came at all" },
    request: "presence_penalty",
    neutral: 0,
    refusable: true,
    unknownTo: ["openai-reasoning"],
    card: false,
  },
  repetition_penalty: {
    schema: ranged("repetition_penalty", 0, 2).optional(),
    flag: {
      kind: "number",
      value: "<0..2>",
      about: "above 1: against words of the prompt and of the answer",
    },
    request: "repetition_penalty",
    neutral: 1,
    refusable: true,
    unknownTo: ["openai", "openai-reasoning"],
    card: true,
  },
  logit_bias: {
    schema: logitBias("logit_bias").optional(),
    flag: {
      kind: "text",
      value: "<json>",
      about: 'token ids made likelier or not, such as {"50256": -100}',
    },
    request: "logit_bias",
    refusable: true,
    unknownTo: ["openai-reasoning"],
    card: false,
  },
  logprobs: {
    schema: yesOrNo("logprobs").optional(),
    flag: { kind: "yes", about: "keep the log probabilities of the answer's tokens" },
    request: "logprobs",
    neutral: false,
    refusable: true,
    // At Together it is a number, not a boolean: --extra_body passes it.
    unknownTo: ["openai-reasoning", "together"],
    card: false,
  },
  top_logprobs: {
    schema: whole("top_logprobs", 0, 20).optional(),
    flag: { kind: "number", value: "<0..20>", about: "and those of the likeliest others" },
    request: "top_logprobs",
    refusable: true,
    unknownTo: ["openai-reasoning", "together"],
    card: false,
  },
  n: {
    schema: whole("n", 1, 128).default(1),
    flag: { kind: "number", value: "<choices>", about: "answers a row" },
    request: "n",
    neutral: 1,
    refusable: true,
    unknownTo: [],
    card: true,
  },
  extra_body: {
    schema: jsonObject("extra_body", '{"reasoning_effort": "low"}').optional(),
    flag: { kind: "text", value: "<json>", about: "further members of the request body" },
    request: null,
    refusable: false,
    unknownTo: [],
    card: false,
  },
} as const satisfies Record<string, SamplingRow>;

type Table = typeof SAMPLING_TABLE;
export type SamplingName = keyof Table;
/** Parameters that a model may refuse. */
export type Refusable = {
  [Name in SamplingName]: Table[Name]["refusable"] extends true ? Name : never;
}[SamplingName];

/** The rows, each with its name. */
export const SAMPLING_ROWS: readonly (SamplingRow & { name: SamplingName })[] = Object.entries<SamplingRow>(
  SAMPLING_TABLE,
).map(([name, row]) => ({ name: name as SamplingName, ...row }));

export const SAMPLING_NAMES: readonly SamplingName[] = SAMPLING_ROWS.map(({ name }) => name);

export const REFUSABLE = SAMPLING_ROWS.filter(({ refusable }) => refusable).map(
  ({ name }) => name,
) as readonly Refusable[];

/** What the built-in models of a family do not take. */
export function unknownTo(family: ModelFamily): Refusable[] {
  return REFUSABLE.filter((name) =>
    SAMPLING_ROWS.find((row) => row.name === name)!.unknownTo.includes(family),
  );
}

import { z } from "zod";
import { BATCH_OPTIONS, type BatchSettings, batchSettingsOf } from "./batches/batch-options.ts";
import { DEFAULT_ANSWER_TOKENS } from "./chat/answers.ts";
import { type Tokenizer, tokenizerOf } from "./chat/tokenizer.ts";
import { type Distribution, parseDistribution } from "./distribution.ts";
import { FAULT_KINDS, type FaultTable, faultTable } from "./limits/faults.ts";
import { distributionText, sharesOf } from "./option-schemas.ts";

/** Everything about the simulator that can be set, at start or while it runs. docs/simulator.md says what each means. */
export const SimulatorOptions = z.strictObject({
  apiKeys: z.array(z.string().min(1)).nullable().default(null),
  models: z.array(z.string().min(1)).nullable().default(null),
  requestsPerMinute: z.number().min(0).default(0),
  tokensPerMinute: z.number().min(0).default(0),
  burstSeconds: z.number().positive().default(1),
  charges: z.enum(["usage", "max_tokens", "larger"]).default("usage"),
  rateHeaders: z.boolean().default(true),
  tokenizer: z.enum(["o200k", "bytes"]).default("o200k"),
  answers: z.enum(["sentence", "echo"]).default("sentence"),
  answerTokens: distributionText("tokens").default(DEFAULT_ANSWER_TOKENS),
  latency: distributionText("delay").default("0ms"),
  faults: sharesOf(FAULT_KINDS).default({}),
  faultDraw: z.enum(["digest", "random"]).default("digest"),
  seed: z.int().default(1),
  poison: z.array(z.strictObject({ marker: z.string().min(1), fault: z.enum(FAULT_KINDS) })).default([]),
  quotaCalls: z.int().min(0).nullable().default(null),
  contextTokens: z.int().min(0).default(0),
  allowUnknownParameters: z.boolean().default(false),
  callHeader: z.string().toLowerCase().nullable().default(null),
  ...BATCH_OPTIONS,
});

export type SimulatorOptions = z.infer<typeof SimulatorOptions>;
export type PartialOptions = z.input<typeof SimulatorOptions>;

/** Options with their texts parsed once, so that a request parses none. */
export type Settings = Omit<
  SimulatorOptions,
  "tokenizer" | "answerTokens" | "latency" | "apiKeys" | "models" | keyof typeof BATCH_OPTIONS
> &
  BatchSettings & {
    tokenizer: Tokenizer;
    answerTokens: Distribution;
    latency: Distribution;
    faultTable: FaultTable;
    apiKeys: Set<string> | null;
    models: Set<string> | null;
  };

export function settingsOf(options: SimulatorOptions): Settings {
  const tokenizer = tokenizerOf(options.tokenizer);
  // Loads the encoding's table now rather than during the first request.
  tokenizer.count(" ");
  return {
    ...options,
    ...batchSettingsOf(options),
    tokenizer,
    answerTokens: parseDistribution(options.answerTokens, "tokens"),
    latency: parseDistribution(options.latency, "delay"),
    faultTable: faultTable(options.faults, FAULT_KINDS),
    apiKeys: options.apiKeys && new Set(options.apiKeys),
    models: options.models && new Set(options.models),
  };
}

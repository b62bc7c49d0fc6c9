import { unknownTo } from "../../contracts/messages/sampling-table.ts";
import {
  type Annotator,
  DEFAULT_BATCH_DISCOUNT,
  DEFAULT_CONCURRENCY,
  DEFAULT_TIMEOUT_MS,
  type TokenizerName,
} from "../annotator.ts";
import { KNOWN_ENDPOINTS } from "./endpoint.ts";

type Row = [name: string, input: number, output: number, contextTokens: number, maxOutputTokens: number];

/** US dollars per million tokens as the provider lists them. Prices change: a YAML entry of the same name overrides. */
const OPENAI_TABLE: Row[] = [
  ["gpt-4o-2024-05-13", 5, 15, 128_000, 4_096],
  ["gpt-4o-2024-08-06", 2.5, 10, 128_000, 16_384],
  ["gpt-4o-mini-2024-07-18", 0.15, 0.6, 128_000, 16_384],
  ["gpt-4o-mini", 0.15, 0.6, 128_000, 16_384],
  ["gpt-4-turbo-2024-04-09", 10, 30, 128_000, 4_096],
  ["gpt-4-turbo-preview", 10, 30, 128_000, 4_096],
  ["gpt-4-0125-preview", 10, 30, 128_000, 4_096],
  ["gpt-4-1106-preview", 10, 30, 128_000, 4_096],
  ["gpt-4-0613", 30, 60, 8_192, 8_192],
  ["gpt-4-0314", 30, 60, 8_192, 8_192],
];

/** Prices of further OpenAI models, reached as `openai/<model>`. A model that is not here has an unknown price. */
const OPENAI_PRICES: Record<string, [input: number, output: number]> = {
  "gpt-4o": [2.5, 10],
  "gpt-4o-2024-11-20": [2.5, 10],
  "gpt-4-turbo": [10, 30],
  "gpt-4": [30, 60],
  "gpt-3.5-turbo": [0.5, 1.5],
  "gpt-3.5-turbo-0125": [0.5, 1.5],
  "gpt-4.1": [2, 8],
  "gpt-4.1-2025-04-14": [2, 8],
  "gpt-4.1-mini": [0.4, 1.6],
  "gpt-4.1-mini-2025-04-14": [0.4, 1.6],
  "gpt-4.1-nano": [0.1, 0.4],
  "gpt-4.1-nano-2025-04-14": [0.1, 0.4],
  o1: [15, 60],
  "o1-2024-12-17": [15, 60],
  o3: [2, 8],
  "o3-2025-04-16": [2, 8],
  "o3-mini": [1.1, 4.4],
  "o3-mini-2025-01-31": [1.1, 4.4],
  "o4-mini": [1.1, 4.4],
  "o4-mini-2025-04-16": [1.1, 4.4],
  "gpt-5": [1.25, 10],
  "gpt-5-2025-08-07": [1.25, 10],
  "gpt-5-mini": [0.25, 2],
  "gpt-5-mini-2025-08-07": [0.25, 2],
  "gpt-5-nano": [0.05, 0.4],
  "gpt-5-nano-2025-08-07": [0.05, 0.4],
};

/** Models that think before they answer: they take `max_completion_tokens` and no sampling of one's own. */
const REASONING = /^(o[134]|gpt-5)(?![0-9])(?!.*chat)/;

/** The annotators that need no file, OpenAI's at the given endpoint. */
export function builtInAnnotators(openaiBaseUrl: string): Annotator[] {
  const openai = OPENAI_TABLE.map(([name]) => ({ ...openaiModel(name, openaiBaseUrl), name }));
  return [...openai, llama3At405b()];
}

/** Any model at OpenAI by its own name; called `openai/<model>`. */
export function openaiModel(model: string, openaiBaseUrl: string): Annotator {
  const base = model.startsWith("ft:") ? (model.split(":")[1] ?? model) : model;
  const known = OPENAI_TABLE.find(([name]) => name === model);
  const price = known ? ([known[1], known[2]] as const) : OPENAI_PRICES[model];
  const reasoning = REASONING.test(base);
  return {
    ...DEFAULTS,
    name: `openai/${model}`,
    provider: "openai",
    baseUrl: openaiBaseUrl,
    keyVariable: KNOWN_ENDPOINTS.openai.keyVariable,
    model,
    tokenizer: openaiTokenizer(base),
    maxTokensName: reasoning ? "max_completion_tokens" : "max_tokens",
    unsupported: unknownTo(reasoning ? "openai-reasoning" : "openai"),
    usualSampling: true,
    batch: { discount: DEFAULT_BATCH_DISCOUNT, enqueuedTokens: null },
    prices: price ? { inputPerMillion: price[0], outputPerMillion: price[1] } : null,
    contextTokens: known?.[3] ?? null,
    maxOutputTokens: known?.[4] ?? null,
  };
}

/** What holds for an endpoint of which nothing more is known. */
export const DEFAULTS = {
  dialect: "openai-chat",
  apiVersion: null,
  tokenizer: "estimate",
  maxTokensName: "max_tokens",
  unsupported: [],
  usualSampling: false,
  streams: false,
  limits: { requestsPerMinute: null, tokensPerMinute: null },
  charges: "auto",
  prices: null,
  batch: null,
  concurrency: DEFAULT_CONCURRENCY,
  timeoutMs: DEFAULT_TIMEOUT_MS,
  headers: {},
  extraBody: {},
  contextTokens: null,
  maxOutputTokens: null,
} satisfies Partial<Annotator>;

function openaiTokenizer(model: string): TokenizerName {
  return /^(gpt-4($|-)|gpt-3\.5)/.test(model) ? "cl100k_base" : "o200k_base";
}

/** Llama's vocabulary is cl100k's and 28,000 tokens more, so that a count by cl100k is rarely too low. */
function llama3At405b(): Annotator {
  return {
    ...DEFAULTS,
    name: "llama3-405b",
    provider: "together",
    baseUrl: KNOWN_ENDPOINTS.together.baseUrl,
    keyVariable: KNOWN_ENDPOINTS.together.keyVariable,
    model: "meta-llama/Meta-Llama-3.1-405B-Instruct-Turbo",
    tokenizer: "cl100k_base",
    unsupported: unknownTo("together"),
    usualSampling: true,
    prices: { inputPerMillion: 3.5, outputPerMillion: 3.5 },
    contextTokens: 130_815,
    maxOutputTokens: null,
  };
}

import { z } from "zod";
import { UserError } from "../errors.ts";
import { saying } from "./field-sentences.ts";

const STOP_SEQUENCES_MAX = 4;
type JsonObject = Record<string, unknown>;

/** A number or whole-number flag; each fault is a sentence that names the flag, the value and the range. */
function ranged(name: string, min: number, max: number): z.ZodNumber {
  const error = saying(name, `give a number from ${min} to ${max}`);
  return z.number({ error }).min(min, { error }).max(max, { error });
}

function whole(name: string, min: number, max: number): z.ZodNumber {
  const range =
    max === Number.MAX_SAFE_INTEGER ? (min < 0 ? "" : ` of at least ${min}`) : ` from ${min} to ${max}`;
  const error = saying(name, `give a whole number${range}`);
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

/** A JSON object, also as its text: command lines and messages alike. */
function jsonObject(name: string, example: string) {
  const error = saying(name, `give a JSON object such as ${example}`);
  return z.preprocess(parsedIfText, z.record(z.string(), z.unknown(), { error }));
}

function stopSequences() {
  const error = saying("stop", `give at most ${STOP_SEQUENCES_MAX} texts, separated by commas`);
  return z
    .union([z.string(), z.array(z.string())], { error })
    .transform((given) =>
      (typeof given === "string" ? given.split(",") : given).filter((text) => text !== ""),
    )
    .refine((texts) => texts.length <= STOP_SEQUENCES_MAX, { error });
}

/** Token ids and how much likelier each becomes. */
function logitBias() {
  const wayOut = 'give a JSON object of token ids and numbers from -100 to 100 such as {"50256": -100}';
  const valid = (value: unknown) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(
      ([id, bias]) => /^\d+$/.test(id) && Math.abs(bias) <= 100 && typeof bias === "number",
    );
  return z.preprocess(
    parsedIfText,
    z.custom<Record<string, number>>(valid, { error: saying("logit_bias", wayOut) }),
  );
}

/**
 * The sampling flags under the names that they have in messages, on the command line and in OpenAI's request body.
 * A job message spreads this shape into its own schema.
 */
export const samplingShape = {
  temperature: ranged("temperature", 0, 2).default(1),
  top_p: ranged("top_p", 0, 1).default(1),
  seed: whole("seed", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER).default(42),
  max_tokens: whole("max_tokens", 1, Number.MAX_SAFE_INTEGER).default(2048),
  stop: stopSequences().optional(),
  frequency_penalty: ranged("frequency_penalty", -2, 2).optional(),
  presence_penalty: ranged("presence_penalty", -2, 2).optional(),
  logit_bias: logitBias().optional(),
  logprobs: z.boolean({ error: saying("logprobs", "give true or false") }).optional(),
  top_logprobs: whole("top_logprobs", 0, 20).optional(),
  n: whole("n", 1, 128).default(1),
  extra_body: jsonObject("extra_body", '{"reasoning_effort": "low"}').optional(),
};

const SAMPLING_NAMES = Object.keys(samplingShape) as SamplingName[];
export type SamplingName = keyof typeof samplingShape;

export const SamplingParameters = z.strictObject(samplingShape);
export type SamplingParameters = z.infer<typeof SamplingParameters>;

/** Faults that no single flag has: sentences, empty when all is well. */
export function samplingFaults(params: SamplingParameters): string[] {
  if (params.top_logprobs !== undefined && params.logprobs !== true) {
    return [
      `top_logprobs is ${params.top_logprobs}, but logprobs is not set: give logprobs too, or leave it out.`,
    ];
  }
  return [];
}

/**
 * The sampling parameters of an object that holds only those, defaults filled in, and the names that the user gave.
 * @throws UserError with a sentence for each fault
 */
export function parseSampling(input: JsonObject): { params: SamplingParameters; given: Set<SamplingName> } {
  const parsed = SamplingParameters.safeParse(input);
  if (!parsed.success) throw new UserError(parsed.error.issues.map(sentenceOf).join(" "));
  const faults = samplingFaults(parsed.data);
  if (faults.length > 0) throw new UserError(faults.join(" "));
  return { params: parsed.data, given: givenNames(input) };
}

/** Which sampling parameters the user gave himself, of an input that may hold other fields too. */
export function givenNames(input: JsonObject): Set<SamplingName> {
  return new Set(SAMPLING_NAMES.filter((name) => input[name] !== undefined));
}

const NUMBERS: ReadonlySet<string> = new Set<SamplingName>([
  "temperature",
  "top_p",
  "seed",
  "max_tokens",
  "frequency_penalty",
  "presence_penalty",
  "top_logprobs",
  "n",
]);

/** What a command line's text means for a flag; text that means nothing stays, for the schema to refuse. */
export function samplingValue(name: SamplingName, text: string): unknown {
  if (NUMBERS.has(name)) {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    return Number.isFinite(value) ? value : text;
  }
  if (name === "logprobs" && (text === "true" || text === "false")) return text === "true";
  return text;
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "unrecognized_keys") return issue.message;
  return `There is no sampling parameter ${issue.keys.join(", ")}: pass it in extra_body if the model takes it.`;
}

function parsedIfText(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

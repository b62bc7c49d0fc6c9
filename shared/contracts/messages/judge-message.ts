import { z } from "zod";
import { UserError } from "../../errors.ts";
import { anyOf } from "../../words/any-of.ts";
import { flag, list, oneOf, paceShape, rowsShape, text, whole } from "./job-fields.ts";
import { AS_FEEDBACK, JUDGE_METHODS, METHODS } from "./judge-methods.ts";
import { readFields } from "./read-fields.ts";
import { type SamplingParameters, samplingAmong, samplingFaults, samplingShape } from "./sampling.ts";

/** Last token of the subject of its messages. */
export const JUDGE_KIND = "preferences-judge";

/** What a `preferences-judge` message may hold besides sampling; the names are those of the command's long flags. */
const judgeShape = {
  method: oneOf("method", METHODS),
  input: text("input"),
  output: text("output"),
  annotator: text("annotator").default("gpt-4o-mini-2024-07-18"),
  temp_dir: text("temp_dir").default("datasets/temp"),
  /** The model whose response is the reference of pairwise, where a row has several models' responses. */
  reference_model: text("reference_model").optional(),
  aspects: list("aspects").optional(),
  /** A folder of templates, or one template file. */
  prompt_template: text("prompt_template").optional(),
  /** JSON schema of the answer, of the method custom. */
  schema: text("schema").optional(),
  use_text: flag("use_text").default(false),
  /** Of the method pairwise. */
  orders: oneOf("orders", ["both", "seeded"]).optional(),
  id_col: text("id_col").optional(),
  /** Which columns hold the prompt, the responses and their models: `prompt=q,response=a`. */
  columns: text("columns").optional(),
  /** Times that a reply which gives no verdict is asked for again. */
  reasks: whole("reasks", 0, 20).default(2),
  /** Where they are asked for again when the job goes by batches. */
  reask_lane: oneOf("reask_lane", ["online", "batch"]).optional(),
  /** Feedback in CSV begins with a header. */
  header: flag("header").default(false),
  common_aspects: flag("common_aspects").default(false),
  min_aspects: whole("min_aspects", 1, 4).optional(),
  ...rowsShape,
  ...paceShape,
};

export const JudgeMessage = z.strictObject({ ...judgeShape, ...samplingShape });
export type JudgeMessage = z.infer<typeof JudgeMessage>;

const SEED_OF_DRAWS = 42;

/**
 * Reads a message's fields, defaults filled in.
 * @throws UserError with a sentence for each fault
 */
export function parseJudgeMessage(input: unknown): JudgeMessage {
  const message = readFields(JudgeMessage, input, {
    example: '{"method": "ratings", "input": "ratings.csv", "output": "judged.jsonl"}',
    missing: {
      method: `give ${anyOf(METHODS)}`,
      input: "name a file",
      output: "name a file",
    },
  });
  const faults = samplingFaults(samplingOfJudge(message));
  if (message.reask_lane !== undefined && !message.batch)
    faults.push("reask_lane means something with batch only: give batch too, or leave it out.");
  if (faults.length > 0) throw new UserError(faults.join(" "));
  return message;
}

/** The sampling parameters among the fields; the temperature is the method's own where it has one and none is given. */
export function samplingOfJudge(message: JudgeMessage): SamplingParameters {
  const temperature = message.temperature ?? JUDGE_METHODS[message.method].temperature ?? undefined;
  return samplingAmong({ ...message, temperature });
}

/** Of the order in which responses are shown; also where the model gets no seed. */
export function seedOfDraws({ seed }: JudgeMessage): number {
  return seed ?? SEED_OF_DRAWS;
}

/** The fields that say how is to be judged, as shared/judging reads them. */
export function judgingFlagsOf(message: JudgeMessage) {
  return {
    method: message.method,
    aspects: message.aspects,
    promptTemplate: message.prompt_template,
    schema: message.schema,
    orders: message.orders,
    seed: seedOfDraws(message),
    useText: message.use_text,
  };
}

const FORMATS = ["json", "jsonl", "csv", "parquet"] as const;

/** The output's format, by its ending. @throws UserError where it cannot be, or would take the place of the input */
export function judgedFormatOf({ input, output, method }: JudgeMessage): (typeof FORMATS)[number] {
  if (output === input) throw new UserError(`output is the input ${input}: give it another name.`);
  const format = FORMATS.find((one) => output.endsWith(`.${one}`));
  if (format === "csv" && !AS_FEEDBACK.includes(method)) {
    const methods = AS_FEEDBACK.join(" and ");
    throw new UserError(`output ${output} is CSV, which only ${methods} are written as: name a .jsonl file.`);
  }
  if (format !== undefined) return format;
  const endings = FORMATS.map((one) => `.${one}`).join(", ");
  throw new UserError(`output ${output} has none of the endings ${endings}: name a file with one of them.`);
}

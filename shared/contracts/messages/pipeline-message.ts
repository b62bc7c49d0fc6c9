import { z } from "zod";
import { flag, text } from "./job-fields.ts";
import { readFields } from "./read-fields.ts";

/** Last token of the subject of its messages. */
export const PIPELINE_KIND = "pipeline";

const STAGES = "stages must be a map of names, each with uses: and the fields of that command.";

/** What a `pipeline` message may hold; a file of the command has the same but for `folder`. */
const PipelineMessage = z.strictObject({
  name: text("name").default("pipeline"),
  /** Where relative paths begin; the first data root unless given. */
  folder: text("folder").optional(),
  /** Of outputs that a stage does not name; datasets/NAME unless given. It is what the pipeline is known by. */
  output_dir: text("output_dir").optional(),
  temp_dir: text("temp_dir").default("datasets/temp"),
  /** Fields of all stages that know them and do not give them. */
  defaults: z.record(z.string(), z.unknown(), { error: "defaults must be a map of fields." }).default({}),
  stages: z
    .record(z.string(), z.record(z.string(), z.unknown(), { error: STAGES }), { error: STAGES })
    .refine((stages) => Object.keys(stages).length > 0, { error: "stages is empty: name at least one." }),
  /** Rows that failed are asked again. */
  retry_failed: flag("retry_failed").default(false),
  /** All stages are made anew. */
  overwrite: flag("overwrite").default(false),
});
export type PipelineMessage = z.infer<typeof PipelineMessage>;

/** @throws UserError with a sentence for each fault */
export function parsePipelineMessage(input: unknown): PipelineMessage {
  return readFields(PipelineMessage, input, {
    example:
      '{"stages": {"answers": {"uses": "generate", "source_file": "prompts.jsonl", "models": "gpt-4o-mini"}}}',
    missing: { stages: "name the stages, each with uses: and its fields" },
  });
}

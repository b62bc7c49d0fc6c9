import { z } from "zod";
import { list, text, whole } from "../../../shared/contracts/messages/job-fields.ts";
import { defineTool } from "../tool.ts";

/** `assay mix`. */
export const mixTool = defineTool({
  fields: z.strictObject({
    name: text("name").default("mix"),
    input_dir: text("input_dir"),
    output_dir: text("output_dir"),
    prompt_template: text("prompt_template").default("ultrafeedback"),
    id_col: text("id_col").default("id"),
    one_side_model: text("one_side_model").optional(),
    responses: whole("responses", 1, 1000).default(4),
    sample: whole("sample", 0, Number.MAX_SAFE_INTEGER).default(0),
    seed: whole("seed", 0, Number.MAX_SAFE_INTEGER).default(0),
    include: list("include").optional(),
    exclude: list("exclude").optional(),
  }),
  reads: ["input_dir", "prompt_template"],
  writes: { output_dir: (stage) => stage },
  outputs: ({ output_dir: output }) => ({ output }),
  async run(values, { signal }) {
    const { writeAnnotationMix } = await import("../../preferences/mixing/annotation-mix.ts");
    const { loadJudging } = await import("../../../shared/judging/load-judging.ts");
    const { prompt_template: promptTemplate, responses, sample, seed, include, exclude } = values;
    const done = await writeAnnotationMix({
      name: values.name,
      input: values.input_dir,
      output: values.output_dir,
      judging: await loadJudging({ method: "ultrafeedback", promptTemplate }),
      idColumn: values.id_col,
      oneSide: values.one_side_model,
      responses,
      sample,
      seed,
      include,
      exclude,
      signal,
    });
    return {
      prompts: done.rows,
      models: done.models.length,
      responses: done.responses,
      incomplete: done.incomplete,
    };
  },
});

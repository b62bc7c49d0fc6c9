import { basename, extname, join } from "node:path";
import { z } from "zod";
import { text, whole } from "../../../shared/contracts/messages/job-fields.ts";
import { readable } from "../../../shared/contracts/readable.ts";
import { parseColumns } from "../../../shared/datasets/recipes/column-roles.ts";
import { defineTool } from "../tool.ts";

const SHARE = "val must be a share between 0 and 1, e.g. 0.1.";

const rolesOf = (columns: string | undefined) => (columns === undefined ? undefined : parseColumns(columns));

/** `assay split`. */
export const splitTool = defineTool({
  fields: z
    .strictObject({
      input: text("input"),
      val: z.number({ error: SHARE }).gt(0, { error: SHARE }).lt(1, { error: SHARE }),
      seed: whole("seed", 0, Number.MAX_SAFE_INTEGER).default(0),
      columns: text("columns").optional(),
      output_dir: text("output_dir"),
    })
    .superRefine(readable(({ columns }) => rolesOf(columns))),
  reads: ["input"],
  writes: { output_dir: (stage) => stage },
  outputs: ({ input, output_dir: output }) => {
    const ending = extname(input);
    const part = (name: string) => join(output, `${basename(input, ending)}.${name}${ending}`);
    return { output, train: part("train"), val: part("val") };
  },
  async run({ input, val, seed, columns, output_dir: folder }, { signal }) {
    const { splitByPrompt } = await import("../../sparse-feedback/split-by-prompt.ts");
    const roles = rolesOf(columns);
    const { train, validation } = await splitByPrompt({ input, share: val, seed, roles, folder, signal });
    return {
      train: train.rows,
      val: validation.rows,
      trainPrompts: train.prompts,
      valPrompts: validation.prompts,
    };
  },
});

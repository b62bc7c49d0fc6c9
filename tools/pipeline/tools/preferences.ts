import { z } from "zod";
import { flag, oneOf, text, whole } from "../../../shared/contracts/messages/job-fields.ts";
import { readable } from "../../../shared/contracts/readable.ts";
import type { DroppedCounts } from "../../preferences/pairs/pair-maker.ts";
import { preferenceFormat } from "../../preferences/pairs/preference-format.ts";
import { defineTool } from "../tool.ts";

const MARGIN = "margin must be a number from 0 on.";
/** How a rejected response is chosen. */
const pairShape = {
  rejected: oneOf("rejected", ["random", "lowest"]).default("random"),
  seed: whole("seed", 0, Number.MAX_SAFE_INTEGER).default(0),
  ties: oneOf("ties", ["drop", "keep"]).default("drop"),
  margin: z.number({ error: MARGIN }).min(0, { error: MARGIN }).default(0),
  common_aspects: flag("common_aspects").default(false),
  min_aspects: whole("min_aspects", 1, 4).optional(),
  format: text("format").default("open-instruct"),
};
const PairFields = z.object(pairShape);

function optionsOf({ rejected, seed, ties, margin, ...values }: z.infer<typeof PairFields>) {
  const { common_aspects: commonAspects, min_aspects: minAspects } = values;
  return { rejected, seed, ties, margin, commonAspects, minAspects };
}

const droppedOf = ({ unrated, tied, identical, withinMargin }: DroppedCounts) => ({
  unrated,
  tied,
  identical,
  withinMargin,
});

/** `assay preferences binarize`. */
export const binarizeTool = defineTool({
  fields: z
    .strictObject({ input: text("input"), output: text("output"), ...pairShape })
    .superRefine(readable(({ format, output }) => preferenceFormat(format, output))),
  reads: ["input"],
  writes: { output: (stage) => `${stage}.jsonl` },
  outputs: ({ output }) => ({ output }),
  async run({ input, output, format, ...values }, { signal }) {
    const { binarize } = await import("../../preferences/pairs/binarize.ts");
    const options = { input, output, format: preferenceFormat(format, output), signal };
    const { pairs, rows, dropped, bad } = await binarize({ ...options, ...optionsOf({ format, ...values }) });
    return { pairs, prompts: rows, ...droppedOf(dropped), bad };
  },
});

/** `assay preferences parse`. */
export const parseTool = defineTool({
  fields: z
    .strictObject({
      input_dir: text("input_dir"),
      reference_file: text("reference_file"),
      output_path: text("output_path"),
      id_col: text("id_col").optional(),
      ...pairShape,
    })
    .superRefine(readable(({ format, output_path }) => preferenceFormat(format, output_path))),
  reads: ["input_dir", "reference_file"],
  writes: { output_path: (stage) => `${stage}.jsonl` },
  outputs: ({ output_path: output }) => ({ output }),
  async run({ input_dir, reference_file, output_path, id_col, format, ...values }, { signal }) {
    const { parsePreferences } = await import("../../preferences/pairs/parse-preferences.ts");
    const done = await parsePreferences({
      input: input_dir,
      reference: reference_file,
      output: output_path,
      format: preferenceFormat(format, output_path),
      idColumn: id_col,
      ...optionsOf({ format, ...values }),
      signal,
    });
    const { pairs, prompts, results, dropped, unjudged, bad } = done;
    return { pairs, prompts, results, ...droppedOf(dropped), unjudged, bad };
  },
});

/** `assay preferences pairs`. */
export const pairsTool = defineTool({
  fields: z.strictObject({ input: text("input"), output: text("output") }),
  reads: ["input"],
  writes: { output: (stage) => `${stage}.json` },
  outputs: ({ output }) => ({ output }),
  async run({ input, output }, { signal }) {
    const { writePreferencePairs } = await import("../../sparse-feedback/preference-pairs.ts");
    const { pairs, prompts, equal, identical, repeated } = await writePreferencePairs({
      input,
      output,
      signal,
    });
    return { pairs, prompts, equal, identical, repeated };
  },
});

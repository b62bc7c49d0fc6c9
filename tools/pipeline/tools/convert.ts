import { z } from "zod";
import { flag, text } from "../../../shared/contracts/messages/job-fields.ts";
import { defineTool } from "../tool.ts";

const Paths = z.strictObject({ input: text("input"), output: text("output") });
const OF_INPUT = {
  fields: Paths,
  reads: ["input"],
  writes: { output: (stage: string) => `${stage}.csv` },
  outputs: ({ output }: z.infer<typeof Paths>) => ({ output }),
};

/** `assay convert ratings`. */
export const convertRatingsTool = defineTool({
  ...OF_INPUT,
  async run(paths, { signal }) {
    const { convertToRatings } = await import("../../sparse-feedback/convert-responses.ts");
    const { rows, prompts, responses } = await convertToRatings({ ...paths, signal });
    return { rows, prompts, responses };
  },
});

/** `assay convert rankings`. */
export const convertRankingsTool = defineTool({
  ...OF_INPUT,
  async run(paths, { signal }) {
    const { convertToRankings } = await import("../../sparse-feedback/convert-responses.ts");
    const { rows, prompts, responses } = await convertToRankings({ ...paths, signal });
    return { rows, prompts, responses };
  },
});

/** `assay convert ratings-eval`. */
export const convertRatingsEvalTool = defineTool({
  ...OF_INPUT,
  async run(paths, { signal }) {
    const { convertToRatingsEval } = await import("../../sparse-feedback/convert-evaluation.ts");
    const { rows, leftOut } = await convertToRatingsEval({ ...paths, signal });
    return { rows, leftOut };
  },
});

/** `assay convert rankings-eval`. */
export const convertRankingsEvalTool = defineTool({
  fields: z.strictObject({
    reference: text("reference"),
    aligned: text("aligned"),
    output: text("output"),
    common_only: flag("common_only").default(false),
  }),
  reads: ["reference", "aligned"],
  writes: { output: (stage) => `${stage}.csv` },
  outputs: ({ output }) => ({ output }),
  async run({ common_only: commonOnly, ...paths }, { signal }) {
    const { convertToRankingsEval } = await import("../../sparse-feedback/convert-evaluation.ts");
    const { rows, leftOut } = await convertToRankingsEval({ ...paths, commonOnly, signal });
    return { rows, leftOut };
  },
});

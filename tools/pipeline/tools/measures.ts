import { z } from "zod";
import { oneOf, text } from "../../../shared/contracts/messages/job-fields.ts";
import { writeText } from "../../../shared/datasets/writing/write-text.ts";
import { areSimulated } from "../../evaluation/judged/simulated-files.ts";
import { defineTool } from "../tool.ts";

/** The figures as JSON, and a page if one is named. */
const writtenShape = { output: text("output"), html: text("html").optional() };
const WRITES = { output: (stage: string) => `${stage}.json`, html: null };
const outputsOf = ({ output, html }: { output: string; html?: string | undefined }) => ({
  output,
  ...(html !== undefined && { html }),
});

async function write(
  { output, html }: { output: string; html?: string | undefined },
  figures: object,
  page: () => Promise<string>,
): Promise<void> {
  await writeText(output, `${JSON.stringify(figures, null, 2)}\n`);
  if (html !== undefined) await writeText(html, await page());
}

/** `assay consistency`. */
export const consistencyTool = defineTool({
  fields: z.strictObject({
    ratings_csv: text("ratings_csv"),
    rankings_csv: text("rankings_csv"),
    ...writtenShape,
  }),
  reads: ["ratings_csv", "rankings_csv"],
  writes: WRITES,
  outputs: outputsOf,
  async run({ ratings_csv: ratings, rankings_csv: rankings, ...written }, { signal }) {
    const { measureConsistency } = await import("../../sparse-feedback/consistency.ts");
    const measured = await measureConsistency({ ratings, rankings, signal });
    await write(written, measured, async () => {
      const { consistencyPage } = await import("../../report/consistency-page.ts");
      const simulated = await areSimulated([ratings, rankings]);
      return consistencyPage({ ratings, rankings, simulated }, measured);
    });
    return { consistency: measured.consistency, compared: measured.compared };
  },
});

/** `assay winrate`. */
export const winrateTool = defineTool({
  fields: z
    .strictObject({
      method: oneOf("method", ["ratings", "rankings"]),
      input: text("input").optional(),
      input1: text("input1").optional(),
      input2: text("input2").optional(),
      ...writtenShape,
    })
    .superRefine(({ method, input, input1, input2 }, context) => {
      const files = method === "rankings" ? { input } : { input1, input2 };
      const wanted = Object.keys(files).join(" and ");
      const others = method === "rankings" ? [input1, input2] : [input];
      if (Object.values(files).includes(undefined) || others.some((path) => path !== undefined))
        context.addIssue({ code: "custom", message: `method ${method} takes its files as ${wanted} alone.` });
    }),
  reads: ["input", "input1", "input2"],
  writes: WRITES,
  outputs: outputsOf,
  async run({ method, input, input1, input2, ...written }, { signal }) {
    const { winRateOfRankings, winRateOfRatings } = await import("../../sparse-feedback/win-rate.ts");
    const measured =
      method === "rankings"
        ? await winRateOfRankings({ input: input!, signal })
        : await winRateOfRatings({ reference: input1!, aligned: input2!, signal });
    await write(written, measured, async () => {
      const { winRatePage } = await import("../../report/win-rate-page.ts");
      const files = [input, input1, input2].filter((path) => path !== undefined);
      return winRatePage({ files, simulated: await areSimulated(files) }, measured);
    });
    return { winRate: measured.winRate, margin: measured.margin, n: measured.n };
  },
});

/** `assay agreement`. */
export const agreementTool = defineTool({
  fields: z.strictObject({
    input1: text("input1"),
    input2: text("input2"),
    aspect1: text("aspect1").optional(),
    aspect2: text("aspect2").optional(),
    ...writtenShape,
  }),
  reads: ["input1", "input2"],
  writes: WRITES,
  outputs: outputsOf,
  async run({ input1, input2, aspect1, aspect2, ...written }, { signal }) {
    const { measureAgreement } = await import("../../evaluation/measures/agreement.ts");
    const aspects = { firstAspect: aspect1, secondAspect: aspect2 };
    const measured = await measureAgreement({ first: input1, second: input2, ...aspects, signal });
    await write(written, measured, async () => {
      const { agreementPage } = await import("../../report/agreement-page.ts");
      return agreementPage(measured);
    });
    const compared = measured.aspects.map(({ aspect, percentage }) => [`${aspect}Equal`, percentage]);
    return Object.fromEntries(compared);
  },
});

import { z } from "zod";
import { text } from "../../../shared/contracts/messages/job-fields.ts";
import { writeText } from "../../../shared/datasets/writing/write-text.ts";
import { defineTool } from "../tool.ts";

/** `assay report`: the page, and its figures as JSON if a file is named for them. */
export const reportTool = defineTool({
  fields: z
    .strictObject({
      input: text("input").optional(),
      ratings_csv: text("ratings_csv").optional(),
      rankings_csv: text("rankings_csv").optional(),
      errors: text("errors").optional(),
      output: text("output"),
      figures: text("figures").optional(),
    })
    .superRefine(({ input, ratings_csv: ratings, rankings_csv: rankings }, context) => {
      if (input ?? ratings ?? rankings) return;
      context.addIssue({ code: "custom", message: "give input, ratings_csv or rankings_csv to report on." });
    }),
  reads: ["input", "ratings_csv", "rankings_csv", "errors"],
  writes: { output: (stage) => `${stage}.html`, figures: null },
  outputs: ({ output, figures }) => ({ output, ...(figures !== undefined && { figures }) }),
  async run({ input: judged, ratings_csv: ratings, rankings_csv: rankings, errors, ...written }, { signal }) {
    const { measureJudge } = await import("../../evaluation/measures/judge-report.ts");
    const { judgeReportPage } = await import("../../report/judge-report-page.ts");
    const report = await measureJudge({ judged, ratings, rankings, errors, signal });
    await writeText(written.output, judgeReportPage(report));
    if (written.figures !== undefined)
      await writeText(written.figures, `${JSON.stringify(report, null, 2)}\n`);
    const { replies, consistency } = report;
    return {
      calls: replies?.calls ?? null,
      afterReask: replies?.afterReask ?? null,
      quarantined: replies?.quarantined ?? null,
      consistency: consistency?.consistency ?? null,
    };
  },
});

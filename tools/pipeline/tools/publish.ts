import { z } from "zod";
import { flag, text } from "../../../shared/contracts/messages/job-fields.ts";
import { readable } from "../../../shared/contracts/readable.ts";
import { assayVersion } from "../../../shared/installation/assay-version.ts";
import { redact } from "../../../shared/words/redact.ts";
import { parseHubTarget } from "../../publishing/hub-target.ts";
import { defineTool } from "../tool.ts";

/** `assay publish`. What the hub has already is not uploaded again. */
export const publishTool = defineTool({
  fields: z
    .strictObject({
      to: text("to"),
      input: text("input"),
      private: flag("private").default(false),
      revision: text("revision").default("main"),
      message: text("message").default("Publish with Assay"),
      card: text("card").optional(),
    })
    .superRefine(readable(({ to }) => parseHubTarget(to))),
  reads: ["input", "card"],
  writes: {},
  outputs: () => ({}),
  async run({ to, input, revision: branch, message, card: own, ...values }, { signal, hub }) {
    const { publishDataset } = await import("../../publishing/publish-dataset.ts");
    const { listPublishedFiles } = await import("../../publishing/published-files.ts");
    const { writeCard } = await import("../../publishing/write-card.ts");
    const repo = parseHubTarget(to);
    const files = await listPublishedFiles(input);
    const card = async () => {
      const { text: written } = await writeCard({ files, repo, version: assayVersion(), own, signal });
      return redact(written, hub.token ? [hub.token] : []);
    };
    const isPrivate = values.private;
    const done = await publishDataset({ repo, access: hub, files, card, isPrivate, branch, message, signal });
    return { url: done.url, uploaded: done.uploaded.length, unchanged: done.unchanged.length };
  },
});

import { z } from "zod";
import { DEFAULT_HUB } from "../../shared/datasets/hub/hub-access.ts";
import { assayVersion } from "../../shared/installation/assay-version.ts";
import { readConfig } from "../../shared/runtime/process/config.ts";
import { redact } from "../../shared/words/redact.ts";
import { parseHubTarget } from "../../tools/publishing/hub-target.ts";
import { type Published, publishDataset } from "../../tools/publishing/publish-dataset.ts";
import { listPublishedFiles } from "../../tools/publishing/published-files.ts";
import { writeCard } from "../../tools/publishing/write-card.ts";
import { interruptible } from "../batch/interruptible.ts";
import { requiredFlag } from "../batch/required-flag.ts";
import { tellIf } from "../sparse-feedback/tell-if.ts";
import { count, counted, megabytes } from "../view/amounts.ts";
import { print, printJson, tell } from "../view/terminal.ts";
import type { PublishFlags } from "./publish-flags.ts";

const HubConfig = z.object({ HF_ENDPOINT: z.string().default(DEFAULT_HUB), HF_TOKEN: z.string().optional() });

/** @throws UserError if the files, the token or the hub are not as they should be */
export async function runPublish(flags: PublishFlags): Promise<void> {
  const repo = parseHubTarget(
    requiredFlag("to", flags.to, "name the repository, e.g. hf:alice/my-preferences"),
  );
  const input = requiredFlag("input", flags.input, "name a data file or a folder of them");
  const files = await listPublishedFiles(input);
  const { HF_ENDPOINT: endpoint, HF_TOKEN: token } = readConfig(HubConfig);
  let came: Come = "not yet";
  const publish = async (signal: AbortSignal) => {
    const written = { files, repo, version: assayVersion(), own: flags.card, signal };
    const card = async () => {
      const { text, notRows } = await writeCard(written);
      for (const fault of notRows) tell(`${fault}: it is in no subset of the card.`);
      return redact(text, token ? [token] : []);
    };
    if (flags.dryRun) {
      print((await card()).trimEnd());
      tell(`Nothing was uploaded: ${files.files.map(({ path }) => path).join(", ")} would be.`);
      return;
    }
    const done = await publishDataset({
      repo,
      access: { endpoint, token },
      files,
      card,
      isPrivate: flags.private === true,
      branch: requiredFlag("revision", flags.revision, "name a branch, or leave it out for main"),
      message: requiredFlag("message", flags.message, "say what was done, or leave it out"),
      signal,
      onUpload: (number, bytes) => {
        came = "uploading";
        tell(`Uploading ${counted(number, "file", "files")}, ${megabytes(bytes)}.`);
      },
      onCommit: () => {
        came = "committing";
      },
    });
    if (flags.json) printJson(done);
    else show(done);
    tellIf(
      files.leftOut.length,
      `file is no data and stays here: ${files.leftOut.join(", ")}`,
      `files are no data and stay here: ${files.leftOut.join(", ")}`,
    );
  };
  await interruptible(publish, () => LEFT_BEHIND[came]);
}

/** How far it came. */
type Come = "not yet" | "uploading" | "committing";

const LEFT_BEHIND: Record<Come, string> = {
  "not yet": "nothing was published",
  uploading:
    "nothing was published, since all of it appears at once or not at all; the same command again sends only what has not arrived",
  committing:
    "the hub had been asked for the commit and may have made it; the same command again says so, or makes it",
};

function show({ url, uploaded, unchanged, commit }: Published): void {
  print(url);
  if (commit === null) tell("The hub has all of it already: nothing was uploaded.");
  else
    tell(
      `${counted(uploaded.length, "file is", "files are")} new or changed, ${count(unchanged.length)} were there already.`,
    );
}

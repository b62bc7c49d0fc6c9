import type { AssayCommand } from "../flags/command-line.ts";
import type { PublishFlags } from "../publish/publish-flags.ts";

/** Uploads a dataset with a card that says how it was made. No system is needed. */
export function addPublish(program: AssayCommand): void {
  program
    .command("publish")
    .summary("upload a dataset to the hub, with a card that says how it was made")
    .description(
      "Uploads a file or a folder to a dataset repository of the hub, with a card that says how it was made: see docs/publishing.md.",
    )
    .option("--to <hf:owner/name>", "the repository; it is made if there is none")
    .option("--input <path>", "a data file, or a folder of them")
    .option("--private", "make the repository private")
    .option("--revision <branch>", "the branch to write to; it is made if there is none", "main")
    .option("--message <text>", "of the commit", "Publish with Assay")
    .option("--card <file>", "your own README in place of the one that is written")
    .option("--dry-run", "print the card and upload nothing")
    .option("--json", "print what was done as one JSON object")
    .action(async (flags: PublishFlags) => {
      const { runPublish } = await import("../publish/run-publish.ts");
      await runPublish(flags);
    });
}

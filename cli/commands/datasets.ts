import { knownDatasets } from "../../shared/datasets/hub/known-datasets.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { print, printJson, table } from "../view/terminal.ts";

export function addDatasets(program: AssayCommand): void {
  program
    .command("datasets")
    .summary("list the datasets that are known by name")
    .description(
      "Lists the hub datasets whose recipe is built in. Any file and any other hub dataset can be used as well.",
    )
    .option("--json", "as JSON")
    .action((flags: { json?: boolean }) => {
      const known = knownDatasets();
      if (flags.json) return printJson(known);
      print(
        table(
          ["dataset", "about"],
          known.map(({ repo, about }) => [repo, about]),
        ),
      );
      print(
        "Also: any JSON array, JSONL, CSV or Parquet file, gzipped or not,\nand hf:OWNER/NAME of the hub. --json shows the columns that make a prompt.",
      );
    });
}

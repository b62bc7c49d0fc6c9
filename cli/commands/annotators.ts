import type { Annotator } from "../../shared/annotators/annotator.ts";
import { keyStatus } from "../../shared/annotators/keys.ts";
import { readVariable } from "../../shared/runtime/process/config.ts";
import { readCliConfig } from "../config.ts";
import { registryHere } from "../flags/check-annotator.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { findAnnotatorsFile } from "../flags/find-annotators-file.ts";
import { print, printJson, table } from "../view/terminal.ts";

export function addAnnotators(program: AssayCommand): void {
  program
    .command("annotators")
    .summary("list the models that can annotate")
    .description(
      "Lists the annotators: those built in and those of the registry file. openai/<model> is any model of OpenAI.",
    )
    .option("--json", "as JSON")
    .option("--annotators <file>", "YAML registry of further annotators (default: annotators.yaml here)")
    .action((flags: { json?: boolean; annotators?: string }) => {
      const config = readCliConfig();
      const file = findAnnotatorsFile(config, flags.annotators);
      const annotators = registryHere(file, config).list();
      if (flags.json)
        return printJson(annotators.map((annotator) => ({ ...annotator, key: keyOf(annotator) })));
      const cells = annotators.map((annotator) => [
        annotator.name,
        annotator.baseUrl.replace(/^https:\/\//, ""),
        priceOf(annotator),
        keyOf(annotator),
      ]);
      print(table(["annotator", "endpoint", "$/1M in, out", "key here"], cells));
      print(
        "Prices are US dollars a million tokens. openai/<model> is any other model of\nOpenAI; others are described in annotators.yaml: see docs/annotators.md.",
      );
    });
}

function priceOf({ prices }: Annotator): string {
  return prices === null ? "unknown" : `${prices.inputPerMillion}, ${prices.outputPerMillion}`;
}

function keyOf(annotator: Annotator): string {
  if (annotator.keyVariable === null) return "not needed";
  return keyStatus(annotator, readVariable).ok ? annotator.keyVariable : `no ${annotator.keyVariable}`;
}

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { buildGivenRequest } from "../../shared/annotators/request.ts";
import { responseFormat } from "../../shared/completions/response-schema.ts";
import { parseSampling } from "../../shared/contracts/messages/sampling.ts";
import { unreadable } from "../../shared/datasets/reading/file-bytes.ts";
import { EXIT } from "../../shared/errors.ts";
import { type CreatedInput, createInput } from "../../tools/batch-files/create-input.ts";
import { SAMPLING_AS_GIVEN } from "../flags/flag-groups.ts";
import { givenFields } from "../flags/job-flags.ts";
import { textOrFile } from "../flags/text-or-file.ts";
import { counted } from "../view/amounts.ts";
import { print, printJson, tell } from "../view/terminal.ts";
import type { CreateFlags } from "./batch-flags.ts";
import { interruptible } from "./interruptible.ts";
import { requiredFlag } from "./required-flag.ts";
import { fileSize } from "./validate.ts";

/** @returns the exit code */
export async function runCreateInput(flags: CreateFlags & Record<string, unknown>): Promise<number> {
  const { columns, system, template } = flags;
  const options = {
    input: requiredFlag("input_file", flags.inputFile, "name a JSON, JSONL, CSV or Parquet file"),
    output: flags.outputFile ?? "batchinput.jsonl",
    request: requestOf(flags),
    columns,
    system: system === undefined ? undefined : textOrFile("system", system),
    template: template === undefined ? undefined : textOrFile("template", template),
    skipBadRows: flags.skipBadRows ?? false,
    rowNumbers: flags.rowNumbers,
  };
  const made = await interruptible((signal) => createInput({ ...options, signal }));
  if (flags.json) printJson(made);
  else show(made);
  return made.bad > 0 ? EXIT.doneWithFailures : EXIT.done;
}

/** Only what was given: whatever else a request may have is the model's to choose. */
function requestOf(flags: CreateFlags & Record<string, unknown>): Record<string, unknown> {
  const model = requiredFlag("model_name", flags.modelName, "name the model, e.g. gpt-4o-mini");
  const annotator = loadRegistry().resolve(`openai/${model}`);
  const { schema } = flags;
  const { params, given } = parseSampling(givenFields(flags, [SAMPLING_AS_GIVEN], textOrFile));
  return {
    ...buildGivenRequest(annotator, params, given),
    ...(schema !== undefined && {
      response_format: responseFormat(textOf(schema), schema, basename(schema).replace(/\..*$/, "")),
    }),
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function show({ files, bad, errors }: CreatedInput): void {
  for (const { path, requests, bytes } of files) {
    print(`${path}: ${counted(requests, "request", "requests")}, ${fileSize(bytes)}`);
  }
  if (bad > 0) tell(`${counted(bad, "row", "rows")} cannot be asked: ${errors}`);
  const first =
    files.length > 1
      ? "each of them with `assay batch run FILE`"
      : `it with \`assay batch run ${files[0]!.path}\``;
  tell(`Upload ${first}.`);
}

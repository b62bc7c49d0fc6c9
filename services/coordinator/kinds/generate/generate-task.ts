import { z } from "zod";
import type { DatasetRequest } from "../../../../shared/contracts/dataset-request.ts";
import { type DatasetSource, datasetName } from "../../../../shared/datasets/finding/resolve-dataset.ts";
import type { OutputFormat } from "../../../../shared/datasets/writing/output.ts";

/** What only a generating job knows. */
export const GenerateTask = z.strictObject({
  /** How a row holds its answers: beside the source row's fields, or as sparse feedback has them. */
  shape: z.enum(["outputs", "responses"]),
  /** The system prompt that was given for all rows. */
  system: z.string().nullable().default(null),
});

/** The name of the output for a file of prompts, or for a dataset of the hub. */
export function outputName(source: DatasetSource, format: OutputFormat): string {
  return `${datasetName(source)}.${format}`;
}

/** The same of each file, or of the one dataset. */
export function outputNames(source: DatasetRequest["source"], format: OutputFormat): string[] {
  if (source.kind !== "files") return [outputName(source, format)];
  return source.paths.map((path) => outputName({ kind: "file", path }, format));
}

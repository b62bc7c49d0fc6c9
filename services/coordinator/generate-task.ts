import { z } from "zod";
import { datasetName } from "../../shared/datasets/resolve-dataset.ts";

/** What only a generating job knows. */
export const GenerateTask = z.strictObject({
  /** How a row holds its answers: beside the source row's fields, or as sparse feedback has them. */
  shape: z.enum(["outputs", "responses"]),
});

/** The name of the output for a file of prompts. */
export function outputName(path: string, format: "json" | "jsonl"): string {
  return `${datasetName({ kind: "file", path })}.${format}`;
}

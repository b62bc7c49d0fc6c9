import { DEFAULT_ANNOTATOR } from "../../shared/annotators/annotator.ts";
import { AGAIN, BATCH, HUB, MAPPING, PACE, ROWS, SAMPLING } from "../flags/flag-groups.ts";
import type { FlagGroup } from "../flags/job-flags.ts";

/** The dataset, its annotator, and where all goes. */
export const WHAT: FlagGroup = {
  heading: "What:",
  flags: [
    {
      name: "dataset",
      kind: "text",
      value: "<path or name>",
      about: "JSON array, JSONL, CSV or Parquet file, or a hub dataset",
    },
    {
      name: "annotator",
      kind: "text",
      value: "<name>",
      about: `model that annotates: see \`assay annotators\` (default: ${DEFAULT_ANNOTATOR})`,
    },
    {
      name: "save_dir",
      kind: "text",
      value: "<folder>",
      about: "where outputs go (default: datasets/reannotated)",
    },
    {
      name: "temp_dir",
      kind: "text",
      value: "<folder>",
      about: "where work in progress is kept (default: datasets/temp)",
    },
    {
      name: "format",
      kind: "text",
      value: "<json|jsonl|csv|parquet>",
      about: "of the output file (default: json)",
    },
    {
      name: "keep_columns",
      kind: "yes",
      about: "each row of the output also has its number and all fields of its source",
    },
  ],
};

/** The fields of a `dataset-reannotate` message. */
export const REANNOTATE_FLAGS: readonly FlagGroup[] = [
  WHAT,
  MAPPING,
  HUB,
  ROWS,
  SAMPLING,
  PACE,
  BATCH,
  AGAIN,
];

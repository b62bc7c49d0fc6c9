import { AGAIN, BATCH, HUB, MAPPING, PACE, ROWS, SAMPLING } from "../flags/flag-groups.ts";
import type { FlagGroup } from "../flags/job-flags.ts";

const WHAT: FlagGroup = {
  heading: "What:",
  flags: [
    {
      name: "source_file",
      kind: "words",
      value: "<file...>",
      about: 'files of prompts, also as a pattern such as "prompts/*.jsonl", or a hub dataset',
    },
    {
      name: "models",
      kind: "text",
      value: "<names or file>",
      about:
        "names separated by commas (`assay annotators` lists them), or a YAML file: see docs/generate.md",
    },
    { name: "include", letter: "y", kind: "list", value: "<name,...>", about: "only these of the models" },
    { name: "exclude", letter: "x", kind: "list", value: "<name,...>", about: "the models without these" },
    {
      name: "target_dir",
      kind: "text",
      value: "<folder>",
      about: "gets a folder for each model (default: datasets/generated)",
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
      value: "<jsonl|json|csv|parquet|sparse-feedback>",
      about: "of the outputs (default: jsonl); sparse-feedback: {instruction, input, responses} as JSON",
    },
  ],
};

/** The fields of a `responses-generate` message. */
export const GENERATE_FLAGS: readonly FlagGroup[] = [WHAT, MAPPING, HUB, ROWS, SAMPLING, PACE, BATCH, AGAIN];

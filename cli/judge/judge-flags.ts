import { AS_FEEDBACK, METHODS } from "../../shared/contracts/messages/judge-methods.ts";
import { anyOf } from "../../shared/words/any-of.ts";
import { AGAIN, BATCH, PACE, ROWS, SAMPLING } from "../flags/flag-groups.ts";
import type { FlagGroup } from "../flags/job-flags.ts";

const WHAT: FlagGroup = {
  heading: "What:",
  flags: [
    {
      name: "method",
      kind: "text",
      value: "<name>",
      about: anyOf(METHODS),
    },
    {
      name: "input",
      alias: "input_csv",
      kind: "text",
      value: "<file>",
      about: "responses: a mix (file or folder), CSV, JSON, JSONL or Parquet",
    },
    {
      name: "output",
      alias: "save_feedback_csv",
      kind: "text",
      value: "<file>",
      about: `judged rows: .jsonl, .json, .parquet; .csv for ${AS_FEEDBACK.join(" and ")}`,
    },
    { name: "annotator", kind: "text", value: "<name>", about: "model that judges: see `assay annotators`" },
    {
      name: "temp_dir",
      kind: "text",
      value: "<folder>",
      about: "where work in progress is kept (default: datasets/temp)",
    },
  ],
};

const HOW: FlagGroup = {
  heading: "How:",
  flags: [
    {
      name: "aspects",
      kind: "list",
      value: "<name,...>",
      about: "of ultrafeedback (default: those of the input, or all four)",
    },
    {
      name: "prompt_template",
      kind: "text",
      value: "<name or path>",
      about: "your own words: a folder with a file an aspect, or one file",
    },
    { name: "schema", kind: "text", value: "<file>", about: "JSON schema of the answer, of custom" },
    { name: "use_text", kind: "yes", about: "send the mix's own rendered text as it stands" },
    {
      name: "orders",
      kind: "text",
      value: "<both|seeded>",
      about: "of pairwise: ask in both orders, or in one that is drawn (default: both)",
    },
    {
      name: "reference_model",
      kind: "text",
      value: "<name>",
      about: "of pairwise: whose response is the reference",
    },
    {
      name: "columns",
      kind: "text",
      value: "<role=column,...>",
      about: "where the input has what, e.g. prompt=q,response=a",
    },
    { name: "id_col", kind: "text", value: "<column>", about: "that identifies a row of the input" },
    {
      name: "reasks",
      kind: "number",
      value: "<times>",
      about: "that a reply without a verdict is asked for again (default: 2)",
    },
    {
      name: "reask_lane",
      kind: "text",
      value: "<online|batch>",
      about: "of --batch: ask those by calls, or by batches too (default: online)",
    },
    { name: "header", kind: "yes", about: "begin CSV output with a header" },
    { name: "common_aspects", kind: "yes", about: "average only over aspects that all responses have" },
    { name: "min_aspects", kind: "number", value: "<1..4>", about: "that a response's mean must rest on" },
  ],
};

/** The fields of a `preferences-judge` message. */
export const JUDGE_FLAGS: readonly FlagGroup[] = [WHAT, HOW, ROWS, SAMPLING, PACE, BATCH, AGAIN];

import type { ColumnRoles } from "../recipes/column-roles.ts";

/** A hub dataset whose recipe is fixed, so that its columns need no guessing. */
export interface KnownDataset {
  repo: string;
  columns: ColumnRoles;
  about: string;
}

const ALPACA: ColumnRoles = { instruction: "instruction", input: "input", output: "output" };

const KNOWN: readonly KnownDataset[] = [
  { repo: "sahil2801/CodeAlpaca-20k", columns: ALPACA, about: "20,022 coding instructions" },
  {
    repo: "glaiveai/glaive-code-assistant",
    columns: { prompt: "question", output: "answer" },
    about: "coding questions and answers",
  },
  { repo: "garage-bAInd/Open-Platypus", columns: ALPACA, about: "STEM and logic questions" },
  {
    repo: "causal-lm/cot_alpaca_gpt4",
    columns: ALPACA,
    about: "instructions with reasoning, answered by GPT-4",
  },
  {
    repo: "teknium/GPT4-LLM-Cleaned",
    columns: ALPACA,
    about: "Alpaca instructions, answered by GPT-4, cleaned",
  },
];

/** The hub datasets that Assay knows by name. */
export function knownDatasets(): readonly KnownDataset[] {
  return KNOWN;
}

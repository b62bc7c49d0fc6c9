const WITH_INPUT =
  "Below is an instruction that describes a task, paired with an input that provides further context. " +
  "Write a response that appropriately completes the request.";
const WITHOUT_INPUT =
  "Below is an instruction that describes a task. Write a response that appropriately completes the request.";

/**
 * The Alpaca prompt, the wire format that the models of this family were tuned on, ending in `### Response:`
 * without a line break. An empty input takes the form without one.
 */
export function alpacaPrompt(instruction: string, input = ""): string {
  if (input === "") return `${WITHOUT_INPUT}\n\n### Instruction:\n${instruction}\n\n### Response:`;
  return `${WITH_INPUT}\n\n### Instruction:\n${instruction}\n\n### Input:\n${input}\n\n### Response:`;
}

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

const AFTER_HEAD = "\n\n### Instruction:\n";
const BEFORE_INPUT = "\n\n### Input:\n";
const END = "\n\n### Response:";

/** The instruction and input of which `alpacaPrompt` makes this text (white space may follow it), or undefined. */
export function fromAlpacaPrompt(text: string): { instruction: string; input: string } | undefined {
  const prompt = text.trimEnd();
  if (!prompt.endsWith(END)) return undefined;
  for (const head of [WITHOUT_INPUT, WITH_INPUT]) {
    if (!prompt.startsWith(head + AFTER_HEAD)) continue;
    const body = prompt.slice(head.length + AFTER_HEAD.length, -END.length);
    if (head === WITHOUT_INPUT) return { instruction: body, input: "" };
    const at = body.indexOf(BEFORE_INPUT);
    if (at < 0) return undefined;
    return { instruction: body.slice(0, at), input: body.slice(at + BEFORE_INPUT.length) };
  }
  return undefined;
}

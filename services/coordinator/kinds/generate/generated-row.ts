import type { PreparedDataset } from "../../../../shared/datasets/preparing/prepared-dataset.ts";
import { messagesOf, type PreparedRow } from "../../../../shared/datasets/preparing/prepared-row.ts";
import { type Asked, askedOf, hasMoreThanText, promptOfMessages } from "../../../../shared/prompts/asked.ts";

/** A success line, as far as the export looks into it. */
export interface ResponseLine {
  choices: { text: string | null; finish_reason: string | null; refusal: string | null; logprobs: unknown }[];
}

/**
 * The source row with all of its fields as they were, what was asked, and the answers as `outputs`. A refusal without a
 * text stands for the text, marked as one.
 */
export function generatedRow(row: PreparedRow, { choices }: ResponseLine, system: string | null): object {
  const outputs = choices.map(({ text, finish_reason, refusal, logprobs }, index) => ({
    index,
    text: text ?? refusal ?? "",
    finish_reason,
    ...(text === null && refusal !== null && { refusal: true }),
    ...(logprobs !== null && { logprobs }),
  }));
  return { ...row.source, asked: askedBy(row, system), outputs };
}

/**
 * {instruction, input, responses}: what a prompt of another form than these two asks is the instruction. What was asked
 * stands beside where it was more than a text.
 */
export function sparseFeedbackRow(
  row: PreparedRow,
  { choices }: ResponseLine,
  system: string | null,
  { form, columns }: PreparedDataset["recipe"],
): object {
  const responses = choices.map(({ text, refusal }) => text ?? refusal ?? "");
  const asked = askedBy(row, system);
  if (hasMoreThanText(asked.messages)) {
    return { ...promptOfMessages(asked.messages), responses, asked };
  }
  const { source = {}, user_prompt } = row;
  if (form !== "alpaca") return { instruction: user_prompt, input: "", responses };
  const { instruction, input } = columns;
  return { instruction: source[instruction!], input: (input && source[input]) ?? "", responses };
}

/**
 * A system prompt that was given for all rows belongs to how the model was run, as its temperature does: other models are
 * run otherwise and answer the same prompt. It stands beside the messages.
 */
function askedBy(row: PreparedRow, system: string | null): Asked & { system?: string } {
  const messages = messagesOf(row);
  if (system === null || system === "" || messages[0]?.role !== "system") return askedOf(messages);
  return { ...askedOf(messages.slice(1)), system };
}

import { jsonCell } from "../../../datasets/json/json-cell.ts";
import type { ChatMessage } from "../../../datasets/preparing/prepared-row.ts";
import { RowFault } from "../../../datasets/recipes/row-fault.ts";

/** A list of texts, also as JSON in a text; undefined for anything else. */
export function textsIn(value: unknown): string[] | undefined {
  const list = jsonCell(value);
  if (!Array.isArray(list) || list.length === 0) return undefined;
  return list.every((one) => typeof one === "string") ? list : undefined;
}

/** A chat of questions, each with its answer. @throws RowFault where one has none */
export function exchanges(
  questions: readonly string[],
  answers: readonly string[],
  name: string,
): ChatMessage[] {
  if (questions.length !== answers.length) {
    throw new RowFault(
      "wrong_turn_count",
      `has ${questions.length} questions and ${answers.length} answers in ${name}`,
    );
  }
  return questions.flatMap((question, at) => [
    { role: "user", content: question },
    { role: "assistant", content: answers[at]! },
  ]);
}

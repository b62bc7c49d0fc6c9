import { isJsonObject } from "../../../datasets/json/exact-json.ts";
import { jsonCell } from "../../../datasets/json/json-cell.ts";
import { RowFault } from "../../../datasets/recipes/row-fault.ts";
import { responsesIn } from "../responses-in-row.ts";
import { comparedChats } from "./compared-chats.ts";
import { exchanges, textsIn } from "./exchanges.ts";
import type { RowShape, ShapedRow } from "./row-shape.ts";

/** MT-bench: the questions in `turns`, and the answers to them in `choices[].turns`, or one answer in a usual column. */
export const turnList: RowShape = {
  is: (row) => textsIn(row.turns) !== undefined && !("prompt" in row || "instruction" in row),
  read(row) {
    const questions = textsIn(row.turns)!;
    const choices = jsonCell(row.choices);
    if (Array.isArray(choices) && choices.length > 0) return ofChoices(row, questions, choices);
    if (questions.length > 1) {
      throw new RowFault(
        "wrong_turn_count",
        `has ${questions.length} questions in "turns" and no "choices" with an answer to each`,
      );
    }
    const prompt = { instruction: questions[0]!, input: "", columns: ["turns"] };
    return { prompt, ...responsesIn(row) };
  },
};

function ofChoices(row: Record<string, unknown>, questions: string[], choices: unknown[]): ShapedRow {
  const chats = choices.map((choice, at) => {
    const answers = isJsonObject(choice) ? textsIn(choice.turns) : undefined;
    if (!answers) throw new RowFault("no_response", `has no list of texts in "turns" of choice ${at + 1}`);
    return exchanges(questions, answers, `choice ${at + 1}`);
  });
  const { prompt, texts } = comparedChats(chats, '"turns" and "choices"');
  const column = ["model_id", "model"].find((name) => typeof row[name] === "string");
  const model = column === undefined ? null : (row[column] as string);
  return {
    prompt: { ...prompt, columns: ["turns"] },
    columns: ["choices", ...(column === undefined ? [] : [column])],
    responses: texts.map((text) => ({ text, model })),
  };
}

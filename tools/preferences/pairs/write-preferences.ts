import { textOf } from "../../../shared/datasets/json/exact-json.ts";
import type { ChatMessage } from "../../../shared/datasets/preparing/prepared-row.ts";
import type { Written } from "../../../shared/datasets/writing/output.ts";
import { writeOutput } from "../../../shared/datasets/writing/write-output.ts";
import type { RatedRow } from "./binarize-row.ts";
import type { PreferenceFormat } from "./preference-format.ts";

/** A row with its pair, by indices of its responses. */
export interface PreferencePair {
  row: RatedRow;
  chosen: number;
  rejected: number;
}

const CHAT = "STRUCT(role VARCHAR, content VARCHAR)[]";

/** Types of the columns in Parquet, where they are more than text. */
const TYPES = { chosen: CHAT, rejected: CHAT, chosen_rating: "DOUBLE", rejected_rating: "DOUBLE" };

/**
 * Writes a preference dataset: {prompt, chosen, rejected, chosen_rating, rejected_rating, dataset, chosen_model,
 * rejected_model}. For open-instruct, prompt is text, and chosen and rejected are [user, assistant]; for TRL's
 * conversational format, prompt is [user], and chosen and rejected are [assistant]. Where a system message or several turns
 * were asked, they stand in place of [user].
 * @throws UserError if it cannot be written
 */
export async function writePreferences(
  path: string,
  { shape, file }: PreferenceFormat,
  pairs: AsyncIterable<PreferencePair>,
): Promise<Written> {
  const rows = async function* () {
    for await (const pair of pairs) yield preferenceRow(pair, shape, file === "parquet");
  };
  return await writeOutput({
    format: file,
    path,
    rows: rows(),
    columns: [
      "prompt",
      "chosen",
      "rejected",
      "chosen_rating",
      "rejected_rating",
      "dataset",
      "chosen_model",
      "rejected_model",
    ],
    types: shape === "trl" ? { ...TYPES, prompt: CHAT } : TYPES,
  });
}

function preferenceRow(
  { row, chosen, rejected }: PreferencePair,
  shape: PreferenceFormat["shape"],
  typed: boolean,
) {
  const asked = (row.messages ?? [{ role: "user", content: row.prompt }]).map((message) =>
    typed ? asTexts(message) : message,
  );
  const answer = (index: number) => {
    const assistant = { role: "assistant", content: row.responses[index]! };
    return shape === "trl" ? [assistant] : [...asked, assistant];
  };
  return {
    prompt: shape === "trl" ? asked : row.prompt,
    chosen: answer(chosen),
    rejected: answer(rejected),
    chosen_rating: row.means[chosen],
    rejected_rating: row.means[rejected],
    // Always there: loaders settle the members by the first rows, and fail at a later one that has more.
    dataset: row.dataset ?? null,
    chosen_model: row.models[chosen] ?? null,
    rejected_model: row.models[rejected] ?? null,
  };
}

/** A column of Parquet has one type: content in parts is its JSON as text. */
const asTexts = ({ role, content }: ChatMessage) => ({ role, content: textOf(content) });

import { UserError } from "../../../shared/errors.ts";
import { nearestNames } from "../../../shared/words/nearest-names.ts";

const SHAPES = ["open-instruct", "trl"] as const;
const FILES = ["jsonl", "parquet"] as const;

/** How a preference dataset is written: members of its rows, and the kind of file. */
export interface PreferenceFormat {
  shape: (typeof SHAPES)[number];
  file: (typeof FILES)[number];
}

/**
 * Reads `--format`, e.g. `trl` or `trl,parquet`. Without a kind of file the output's ending says it, JSONL if it says
 * nothing; the shape is open-instruct where none is given. @throws UserError for a word that is neither
 */
export function preferenceFormat(given: string, output: string): PreferenceFormat {
  const byEnding = output.toLowerCase().endsWith(".parquet") ? "parquet" : "jsonl";
  const format: PreferenceFormat = { shape: "open-instruct", file: byEnding };
  for (const word of given.split(",").map((one) => one.trim())) {
    const shape = SHAPES.find((one) => one === word);
    const file = FILES.find((one) => one === word);
    if (shape) format.shape = shape;
    else if (file) format.file = file;
    else {
      const near = nearestNames(word, [...SHAPES, ...FILES], 1)[0];
      const wayOut = near ? `did you mean ${near}?` : "give open-instruct or trl, and jsonl or parquet.";
      throw new UserError(`--format has ${JSON.stringify(word)}: ${wayOut}`);
    }
  }
  return format;
}

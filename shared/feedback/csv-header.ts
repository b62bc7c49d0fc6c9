import { UserError } from "../errors.ts";

/** What the reader of a file's rows knows columns by, in lower case. */
export interface KnownColumns {
  /** Names of what was asked. */
  isPrompt: (name: string) => boolean;
  /** Names of what the rows are about besides; without one of them the rows could not be read. */
  isNeeded: (name: string) => boolean;
  /** All other names that it reads. */
  isOther: (name: string) => boolean;
  /** What is needed besides the prompt, for a sentence: "a response". */
  needed: string;
}

/**
 * The names in the first line of a CSV that may have no header, or undefined where that line is a row. Names are known in
 * any case; known ones are given in the case that their reader knows.
 * @throws UserError if the line begins as a header does and lacks what is needed, or names a column twice: taken for a row
 * it would be paid for and judged
 */
export function csvHeader(
  fields: readonly string[],
  known: KnownColumns,
  path: string,
): string[] | undefined {
  const lower = fields.map((field) => field.trim().toLowerCase());
  const { isPrompt, isNeeded, isOther } = known;
  const hasPrompt = lower.some(isPrompt);
  const hasNeeded = lower.some(isNeeded);
  if (!(hasPrompt && hasNeeded)) {
    if (!isPrompt(lower[0] ?? "")) return undefined;
    throw new UserError(
      `${path} begins with a header (${shown(fields)}) in which no column is known as ${known.needed}: rename the one that is, or give all columns usual names.`,
    );
  }
  const isKnown = (name: string) => isPrompt(name) || isNeeded(name) || isOther(name);
  const names = fields.map((field, at) => (isKnown(lower[at]!) ? lower[at]! : field.trim()));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return names;
  throw new UserError(`${path} has two columns named "${twice}" in its header: rename one of them.`);
}

const SHOWN_NAMES = 8;

function shown(fields: readonly string[]): string {
  const names = fields
    .slice(0, SHOWN_NAMES)
    .map((field) => JSON.stringify(field.trim().slice(0, 40).toWellFormed()));
  return fields.length > SHOWN_NAMES ? `${names.join(", ")} and others` : names.join(", ");
}

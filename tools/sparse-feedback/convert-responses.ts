import { kindOf } from "../../shared/datasets/recipes/row-fault.ts";
import { UserError } from "../../shared/errors.ts";
import { inputOf, namesOf, type PlacedRow, placedRows, textIn } from "../../shared/feedback/placed-rows.ts";
import { type WrittenCsv, writeCsv } from "./csv-output.ts";

export interface Conversion {
  input: string;
  output: string;
  signal?: AbortSignal | undefined;
}

/** Rows of several files follow each other. */
export interface ResponsesConversion extends Omit<Conversion, "input"> {
  input: string | readonly string[];
}

export interface ConvertedResponses extends WrittenCsv {
  prompts: number;
  responses: number;
  emptyResponses: number;
  /** Prompts with fewer responses than the one that has most. */
  shortPrompts: number;
}

/** The counts while rows go by; how many prompts had how many responses. */
interface Seen {
  emptyResponses: number;
  promptsBySize: Map<number, number>;
}

/**
 * One CSV row `instruction,input,response` for each response of each prompt, to be rated. The input's rows are
 * {instruction, input?, responses[]}, or have columns response1..responseN. Empty responses are converted like others.
 * @throws UserError naming the place
 */
export async function convertToRatings({
  input,
  output,
  signal,
}: ResponsesConversion): Promise<ConvertedResponses> {
  const paths = [input].flat();
  const seen: Seen = { emptyResponses: 0, promptsBySize: new Map() };
  const rows = async function* () {
    for await (const { instruction, input: context, responses } of responseSets(paths, seen, signal)) {
      for (const response of responses) yield [instruction, context, response];
    }
    requireSize(1, seen, paths);
  };
  const written = await writeCsv(output, paths, ["instruction", "input", "response"], rows());
  return { ...written, ...countsOf(seen) };
}

/**
 * One CSV row `instruction,input,response1,response2` for each pair i < j of a prompt's responses, to be ranked: 10 for 5
 * responses, none for one.
 * @throws UserError naming the place
 */
export async function convertToRankings({
  input,
  output,
  signal,
}: ResponsesConversion): Promise<ConvertedResponses> {
  const paths = [input].flat();
  const seen: Seen = { emptyResponses: 0, promptsBySize: new Map() };
  const rows = async function* () {
    for await (const { instruction, input: context, responses } of responseSets(paths, seen, signal)) {
      for (const [at, first] of responses.entries()) {
        for (const second of responses.slice(at + 1)) yield [instruction, context, first, second];
      }
    }
    requireSize(2, seen, paths);
  };
  const header = ["instruction", "input", "response1", "response2"];
  const written = await writeCsv(output, paths, header, rows());
  return { ...written, ...countsOf(seen) };
}

async function* responseSets(paths: readonly string[], seen: Seen, signal?: AbortSignal) {
  for (const path of paths) {
    for await (const placed of placedRows(path, signal)) {
      const responses = responsesOf(placed);
      seen.emptyResponses += responses.filter((text) => text === "").length;
      seen.promptsBySize.set(responses.length, (seen.promptsBySize.get(responses.length) ?? 0) + 1);
      yield { instruction: textIn(placed, "instruction"), input: inputOf(placed), responses };
    }
  }
}

function responsesOf(placed: PlacedRow): string[] {
  const { place, row } = placed;
  if (!Object.hasOwn(row, "responses")) return numberedResponses(placed);
  if (!Array.isArray(row.responses)) {
    throw new UserError(
      `${place} has ${kindOf(row.responses)} in "responses" where a list of texts is needed: mend it.`,
    );
  }
  return row.responses.map((response, at) => {
    if (typeof response === "string") return response;
    throw new UserError(
      `${place} has ${kindOf(response)} as responses[${at}] where text is needed: mend it.`,
    );
  });
}

/** The columns response1, response2, ... by their numbers, wherever they stand. */
function numberedResponses(placed: PlacedRow): string[] {
  const columns = Object.keys(placed.row)
    .filter((name) => /^response\d+$/.test(name))
    .sort((one, other) => Number(one.slice("response".length)) - Number(other.slice("response".length)));
  if (columns.length > 0) return columns.map((column) => textIn(placed, column));
  throw new UserError(
    `${placed.place} has no responses, only ${namesOf(placed.row)}: give a list "responses", or columns response1, response2, ...`,
  );
}

/** @throws UserError if no prompt has so many responses: the output would have no row */
function requireSize(least: number, { promptsBySize }: Seen, paths: readonly string[]): void {
  if (Math.max(...promptsBySize.keys()) >= least) return;
  const what = least === 1 ? "a response" : "two responses to compare";
  throw new UserError(
    `No prompt of ${paths.join(", ")} has ${what}: give a file with ${least} or more a prompt.`,
  );
}

function countsOf({ emptyResponses, promptsBySize }: Seen) {
  const most = Math.max(...promptsBySize.keys());
  let [prompts, responses] = [0, 0];
  for (const [size, number] of promptsBySize) {
    prompts += number;
    responses += size * number;
  }
  return { prompts, responses, emptyResponses, shortPrompts: prompts - (promptsBySize.get(most) ?? 0) };
}
